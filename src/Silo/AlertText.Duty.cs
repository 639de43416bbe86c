using Tracking.Contracts;

namespace Tracking.Silo;

/// <content>Shifts, check-ins, and where somebody is who should be elsewhere.</content>
internal static partial class AlertText
{
    private static readonly TimeSpan Punctual = TimeSpan.FromMinutes(1);

    /// <summary>Why a check-in is refused, and what would mend it.</summary>
    public static LocalText Of(CheckInFault fault) => fault switch
    {
        CheckInFault.Outside => new("the newest fix lies outside of the customer's geofence", "最新定位不在客户围栏内"),
        CheckInFault.NotFresh => new("no fix of the last minutes is known", "缺少最近几分钟内的定位"),
        CheckInFault.Inaccurate => new("the newest fix is too vague", "最新定位精度不足"),
        CheckInFault.Mocked => new("the position is probably mocked", "定位疑似伪造"),
        CheckInFault.OffDuty => new("the rep is off duty", "当前不在上班时间"),
        CheckInFault.NoGeofence => new("the geofence does not exist any more", "该围栏已不存在"),
        CheckInFault.NotACustomer => new("the geofence is no customer's", "该围栏不是客户围栏"),
        CheckInFault.NoShift => new("no shift is planned for the rep", "未安排班次"),
        _ => new("the rep is on duty already", "已处于上班状态"),
    };

    private static LocalText Began(string rep, ShiftBegan began)
    {
        if (began.Cause == ShiftCause.Change) return new($"{rep} is on duty since the shift was changed", Zh("班次变更后，", rep, "处于上班状态"));
        if (began.Cause == ShiftCause.Schedule) return new($"{rep}'s shift has begun", Zh(rep, "的班次已开始"));
        TimeSpan late = began.ScheduledAt is { } due ? began.At - due : TimeSpan.Zero;
        return late > Punctual ? new($"{rep} has begun to work, {En(late)} late", Zh(rep, "已签到上班，迟到", Zh(late)))
            : -late > Punctual ? new($"{rep} has begun to work, {En(-late)} early", Zh(rep, "已签到上班，提前", Zh(-late)))
            : new($"{rep} has begun to work", Zh(rep, "已签到上班"));
    }

    private static LocalText Ended(string rep, ShiftEnded ended)
    {
        if (ended.Cause == ShiftCause.Change) return new($"{rep} is off duty since the shift was changed", Zh("班次变更后，", rep, "处于下班状态"));
        if (ended.Cause == ShiftCause.Schedule) return new($"{rep}'s shift has ended", Zh(rep, "的班次已结束"));
        TimeSpan early = ended.ScheduledAt is { } due ? due - ended.At : TimeSpan.Zero;
        return early > Punctual ? new($"{rep} has ended work, {En(early)} early", Zh(rep, "已签退下班，早退", Zh(early)))
            : new($"{rep} has ended work", Zh(rep, "已签退下班"));
    }

    private static LocalText Accepted(string rep, string place, CheckInAction action) => action switch
    {
        CheckInAction.In => new($"{rep} checked in at {place}", Zh(rep, "已在", place, "签到")),
        CheckInAction.Out => new($"{rep} checked out at {place}", Zh(rep, "已在", place, "签退")),
        CheckInAction.ShiftStart => new($"{rep} checked in for work", Zh(rep, "已上班打卡")),
        _ => new($"{rep} checked out from work", Zh(rep, "已下班打卡")),
    };

    private static LocalText Refused(string rep, string place, CheckInRefused refused)
    {
        string en = string.Join("; ", refused.Failed.Select(static f => Of(f).En)), zh = string.Join('；', refused.Failed.Select(static f => Of(f).Zh));
        return refused.Action switch
        {
            CheckInAction.In when place.Length == 0 => new($"{rep}'s check-in is refused: {en}", Zh(rep, $"的签到被拒绝：{zh}")),
            CheckInAction.Out when place.Length == 0 => new($"{rep}'s check-out is refused: {en}", Zh(rep, $"的签退被拒绝：{zh}")),
            CheckInAction.In => new($"{rep}'s check-in at {place} is refused: {en}", Zh(rep, "在", place, $"的签到被拒绝：{zh}")),
            CheckInAction.Out => new($"{rep}'s check-out at {place} is refused: {en}", Zh(rep, "在", place, $"的签退被拒绝：{zh}")),
            CheckInAction.ShiftStart => new($"{rep}'s check-in for work is refused: {en}", Zh(rep, $"的上班打卡被拒绝：{zh}")),
            _ => new($"{rep}'s check-out from work is refused: {en}", Zh(rep, $"的下班打卡被拒绝：{zh}")),
        };
    }

    private static LocalText Standing(string rep, TimeSpan stopped) =>
        new($"{rep} has been standing for {En(stopped)} away from any place of work; ask whether all is well", Zh(rep, "已在非工作地点停留", Zh(stopped), "，请核实情况"));

    private static LocalText Outside(string rep, TimeSpan outside) =>
        new($"{rep} has been outside of the work area for {En(outside)}; ask where the way leads", Zh(rep, "离开工作区域已", Zh(outside), "，请核实去向"));
}
