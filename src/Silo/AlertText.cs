using Tracking.Contracts;

namespace Tracking.Silo;

/// <summary>Writes the sentence of an alert in English and Chinese, with the names of the rep and the fence.</summary>
internal static partial class AlertText
{
    /// <summary>The sentence of an event.</summary>
    /// <param name="told">The event.</param>
    /// <param name="rep">The rep's name.</param>
    /// <param name="fence">The geofence, where one is concerned.</param>
    public static LocalText Of(TrackEvent told, string rep, Geofence? fence)
    {
        string place = fence is null ? "" : fence.Name.Length > 0 ? fence.Name : fence.Id;
        return told switch
        {
            GeofenceEntered entered => Because(entered.Reason, rep, place, isInside: true) ?? new($"{rep} entered {place}", Zh(rep, "进入了", place)),
            GeofenceExited exited => Because(exited.Reason, rep, place, isInside: false) ?? new($"{rep} left {place}", Zh(rep, "离开了", place)),
            GeofenceCrossed => new($"{rep} passed through {place}", Zh(rep, "途经", place)),
            GeofenceDwelled dwelled => Dwelled(dwelled, rep, place),
            MockSuspected => new($"{rep}'s position is probably mocked", Zh(rep, "的定位疑似伪造")),
            MockCleared => new($"{rep}'s position is trusted again", Zh(rep, "的定位已恢复可信")),
            SignalLost lost => Lost(rep, lost.Reason),
            SignalRestored restored => Restored(rep, restored),
            VisitVerified visit => new($"{rep} visited {place} for {En(visit.At - visit.BeganAt)}", Zh(rep, "拜访了", place, "，停留", Zh(visit.At - visit.BeganAt))),
            VisitTooShort visit => new($"{rep} stayed at {place} for only {En(visit.At - visit.BeganAt)}", Zh(rep, "在", place, "仅停留", Zh(visit.At - visit.BeganAt))),
            VisitDoubted => new($"{rep}'s visit to {place} is doubtful: the position is probably mocked", Zh(rep, "对", place, "的拜访存疑：定位疑似伪造")),
            SpeedExceeded fast => Fast(fast, rep, place),
            BatteryLow low => new($"{rep}'s battery is at {Math.Round(low.BatteryPct)} %", Zh(rep, $"的设备电量仅剩 {Math.Round(low.BatteryPct)}%")),
            ShiftBegan began => Began(rep, began),
            ShiftEnded ended => Ended(rep, ended),
            CheckInAccepted accepted => Accepted(rep, place, accepted.Action),
            CheckInRefused refused => Refused(rep, place, refused),
            LongStop stop => Standing(rep, stop.ConfirmedAt - stop.BeganAt),
            OffArea off => Outside(rep, off.ConfirmedAt - off.At),
            SosRaised => new($"{rep} asks for help", Zh(rep, "发出求助信号")),
            _ => new(rep, rep),
        };
    }

    private static LocalText? Because(GeofenceReason reason, string rep, string place, bool isInside) => (reason, isInside) switch
    {
        (GeofenceReason.FenceChanged, true) => new($"{rep} is inside {place} since the geofence was changed", Zh("围栏", place, "变更后，", rep, "位于其中")),
        (GeofenceReason.FenceChanged, false) => new($"{rep} is no longer inside {place} since the geofence was changed", Zh("围栏", place, "变更后，", rep, "不再位于其中")),
        (GeofenceReason.ShiftEnded, false) => new($"{rep}'s shift has ended in {place}; the stay counts until then", Zh(rep, "在", place, "内下班，停留计至此时")),
        (GeofenceReason.Schedule, true) => new($"{rep} is inside {place}, whose hours have begun", Zh(rep, "位于", place, "内，该围栏已进入监控时段")),
        (GeofenceReason.Schedule, false) => new($"{rep} is no longer watched in {place}, whose hours have ended", Zh(place, "的监控时段已结束，不再监控", rep)),
        _ => null,
    };

    private static LocalText Dwelled(GeofenceDwelled dwelled, string rep, string place)
    {
        TimeSpan inside = dwelled.At - dwelled.EnteredAt;
        return new($"{rep} has been in {place} for {En(inside)}", Zh(rep, "已在", place, "停留", Zh(inside)));
    }

    private static LocalText Fast(SpeedExceeded fast, string rep, string place)
    {
        (double speed, double limit) = (Math.Round(fast.SpeedMps * 3.6), Math.Round(fast.LimitMps * 3.6));
        return place.Length == 0
            ? new($"{rep} drives {speed} km/h where {limit} km/h are allowed", Zh(rep, $"超速：{speed} km/h，限速 {limit} km/h"))
            : new($"{rep} drives {speed} km/h in {place}, where {limit} km/h are allowed", Zh(rep, "在", place, $"超速：{speed} km/h，限速 {limit} km/h"));
    }

    private static LocalText Lost(string rep, string reason)
    {
        LocalText? why = Reason(reason);
        return why is null
            ? new($"Lost contact with {rep}", Zh(rep, "已失去联系"))
            : new($"Lost contact with {rep}: {why.En}", Zh(rep, $"已失去联系：{why.Zh}"));
    }

    private static LocalText Restored(string rep, SignalRestored restored)
    {
        TimeSpan away = restored.At - restored.LostAt;
        if (away < TimeSpan.Zero) away = TimeSpan.Zero;
        return new($"{rep} is back after {En(away)}", Zh(rep, $"已恢复联系，失联", Zh(away)));
    }

    /// <summary>The words of a reason for silence; null for one that tells nothing.</summary>
    private static LocalText? Reason(string reason) => reason switch
    {
        "switchedOff" => new("the device was switched off", "设备已关机"),
        "batteryDead" or "batteryFlat" or "battery" => new("the battery is flat", "电量耗尽"),
        "appStopped" => new("the app was stopped", "应用已停止运行"),
        "permission" or "locationPermission" or "locationOff" or "locationService" => new("location is switched off", "定位权限或定位服务已关闭"),
        "aeroplaneMode" or "airplaneMode" => new("aeroplane mode", "已开启飞行模式"),
        "noNetwork" => new("no network", "无网络连接"),
        "noSatellites" => new("no satellites in view", "无卫星信号"),
        "areaOutage" or "areaWideOutage" => new("an outage in the whole area", "所在区域网络中断"),
        _ => null,
    };

    private static string En(TimeSpan time)
    {
        (long hours, int minutes, int seconds) = ((long)time.TotalHours, time.Minutes, time.Seconds);
        if (hours >= 48) return $"{hours / 24} days";
        if (hours > 0) return minutes > 0 ? $"{hours} h {minutes} min" : $"{hours} h";
        return minutes > 0 ? $"{minutes} min" : $"{seconds} s";
    }

    private static string Zh(TimeSpan time)
    {
        (long hours, int minutes, int seconds) = ((long)time.TotalHours, time.Minutes, time.Seconds);
        if (hours >= 48) return $"{hours / 24} 天";
        if (hours > 0) return minutes > 0 ? $"{hours} 小时 {minutes} 分钟" : $"{hours} 小时";
        return minutes > 0 ? $"{minutes} 分钟" : $"{seconds} 秒";
    }

    private static string Zh(params ReadOnlySpan<string> parts) => ChineseText.Join(parts);
}
