using System.Globalization;
using Tracking.Contracts;

namespace Tracking.Tracker;

/// <content>Why nothing is heard: first by what came before the silence, then by what comes after it.</content>
internal partial struct Signal
{
    private const double BatteryDeadPct = 5, BatteryFadingPct = 15, BatteryLastsPct = 1, BatteryMayDiePct = 25;
    private const double OutageShare = 0.5;
    private const int NoSatellitesBeats = 3;
    private static readonly TimeSpan BufferedLag = TimeSpan.FromMinutes(2);

    private enum SilenceReason : byte
    {
        Unknown, BatteryDead, SwitchedOff, AppStopped, LocationPermission, LocationService, AeroplaneMode, NoNetwork, NoSatellites, AreaOutage,
    }

    private static string NameOf(SilenceReason reason) => reason switch
    {
        SilenceReason.BatteryDead => "batteryDead",
        SilenceReason.SwitchedOff => "switchedOff",
        SilenceReason.AppStopped => "appStopped",
        SilenceReason.LocationPermission => "locationPermission",
        SilenceReason.LocationService => "locationService",
        SilenceReason.AeroplaneMode => "aeroplaneMode",
        SilenceReason.NoNetwork => "noNetwork",
        SilenceReason.NoSatellites => "noSatellites",
        SilenceReason.AreaOutage => "areaOutage",
        _ => "unknown",
    };

    private readonly List<Evidence> SilenceEvidence(SignalOptions options)
    {
        double minutes = LostAfter(options).TotalMinutes;
        return
        [
            new("silence", 1, Text($"Nothing was heard for {minutes:0.#} minutes; it usually reports every {IntervalS(options):0} s.",
                $"已有 {minutes:0.#} 分钟没有收到数据；通常每 {IntervalS(options):0} 秒上报一次。"), _newestFixedAt == default ? [] : [_newestFixedAt]),
        ];
    }

    // The level that is left at an instant when it goes on draining as it did.
    private readonly double BatteryLeftPct(Instant at) => _batteryPct - _drainPctPerHour * Math.Clamp((at - _batteryAt).TotalHours, 0, 12);

    private readonly bool BatteryLooksDead(Instant at) => !_charging && (_batteryPct <= BatteryDeadPct
        || (_batteryPct <= BatteryFadingPct && _batteryPct < _batteryBeforePct && BatteryLeftPct(at) <= BatteryDeadPct)
        || (_batteryPct <= BatteryMayDiePct && BatteryLeftPct(at) <= BatteryLastsPct));

    private readonly SilenceReason ReasonOfLoss(Instant lostAt, double neighboursLost, List<Evidence> evidence)
    {
        bool dead = !float.IsNaN(_batteryPct) && BatteryLooksDead(lostAt);
        if (!float.IsNaN(_batteryPct)) evidence.Add(BatteryEvidence(dead));
        if (dead) return SilenceReason.BatteryDead;
        if (Told() is var told and not SilenceReason.Unknown)
        {
            evidence.Add(new("deviceTold", 0.9, ToldText(told), [_conditionAt]));
            return told;
        }
        if (_positionless >= NoSatellitesBeats)
        {
            evidence.Add(new("noPosition", 0.6, Text($"Its last {_positionless} signs of life had no position.", $"最后 {_positionless} 次心跳没有定位。"), [_newestFixedAt]));
            return SilenceReason.NoSatellites;
        }
        if (neighboursLost >= OutageShare)
        {
            evidence.Add(new("neighboursLost", neighboursLost, Text($"{100 * neighboursLost:0} % of the people near it fell silent as well.",
                $"附近 {100 * neighboursLost:0}% 的人员也同时失联。"), [_newestFixedAt]));
            return SilenceReason.AreaOutage;
        }
        if (!Holds(Conditions.ConnectionLost)) return SilenceReason.Unknown;
        evidence.Add(new("connectionLost", 0.5, new("Its connection ended without a word.", "其网络连接突然中断。"), [_conditionAt]));
        return SilenceReason.NoNetwork;
    }

    private readonly Evidence BatteryEvidence(bool dead)
    {
        LocalText text = !dead ? Text($"The last known battery level was {_batteryPct:0} %.", $"最后已知电量为 {_batteryPct:0}%。")
            : _batteryPct <= BatteryDeadPct || _drainPctPerHour == 0
                ? Text($"The last known battery level was {_batteryPct:0} % and it was not charging.", $"最后已知电量为 {_batteryPct:0}%，且未在充电。")
                : Text($"The battery had {_batteryPct:0} % and lost {_drainPctPerHour:0} % an hour.", $"电量为 {_batteryPct:0}%，每小时下降 {_drainPctPerHour:0}%。");
        return new("batteryLevel", dead ? 0.8 : 0, text, [_batteryAt]);
    }

    private readonly SilenceReason Told() =>
        Holds(Conditions.Shutdown) ? SilenceReason.SwitchedOff
        : Holds(Conditions.AppStopped) ? SilenceReason.AppStopped
        : Holds(Conditions.PermissionDenied) ? SilenceReason.LocationPermission
        : Holds(Conditions.LocationOff) ? SilenceReason.LocationService
        : Holds(Conditions.AeroplaneMode) ? SilenceReason.AeroplaneMode
        : SilenceReason.Unknown;

    private static LocalText ToldText(SilenceReason told) => told switch
    {
        SilenceReason.SwitchedOff => new("The device said that it is being switched off.", "设备上报正在关机。"),
        SilenceReason.AppStopped => new("The device said that the app was stopped.", "设备上报应用已停止。"),
        SilenceReason.LocationPermission => new("The device said that the app may no longer read the position.", "设备上报应用已无定位权限。"),
        SilenceReason.LocationService => new("The device said that its location service was switched off.", "设备上报定位服务已关闭。"),
        SilenceReason.AeroplaneMode => new("The device said that aeroplane mode was switched on.", "设备上报已开启飞行模式。"),
        _ => new("The device says so.", "设备自身上报。"),
    };

    // What a device brings along when it returns: fixes of the silent time, another battery level.
    private readonly SignalRestored RestoredBy(in Fix fix, SignalOptions options, in GeoPoint? position)
    {
        List<Evidence> evidence = SilenceEvidence(options);
        (SilenceReason reason, string? reconciled) = (_reason, null);
        if (fix.FixedAt < fix.ReceivedAt - BufferedLag && fix.FixedAt > _newestFixedAt)
        {
            evidence.Add(new("recordedMeanwhile", 1, new("Fixes of the time without signal came in: it was offline, but recorded.",
                "收到了失联期间的定位：设备离线，但仍有记录。"), [fix.FixedAt]));
            reconciled = "offlineButRecorded";
            if (reason is not (SilenceReason.AeroplaneMode or SilenceReason.AreaOutage)) reason = SilenceReason.NoNetwork;
        }
        else if (reason == SilenceReason.BatteryDead && fix.BatteryPct <= _batteryPct && fix.BatteryPct > 0)
        {
            evidence.Add(new("batteryLevel", 0.8, Text(
                $"The battery had {_batteryPct:0} % before and {fix.BatteryPct:0} % after: it was not flat.",
                $"失联前电量 {_batteryPct:0}%，恢复后 {fix.BatteryPct:0}%：电量并未耗尽。"), [_batteryAt, fix.FixedAt]));
            (reason, reconciled) = (SilenceReason.Unknown, "batteryWasNotFlat");
        }
        else if (reason == SilenceReason.Unknown && !_charging && fix.BatteryPct > _batteryPct && _batteryPct <= BatteryMayDiePct
            && BatteryLeftPct(fix.ReceivedAt) <= BatteryLastsPct)
        {
            evidence.Add(new("batteryLevel", 0.6, Text(
                $"The battery had {_batteryPct:0} % and was draining; it has been charged to {fix.BatteryPct:0} %.",
                $"失联前电量 {_batteryPct:0}% 且持续下降，现已充电至 {fix.BatteryPct:0}%。"), [_batteryAt, fix.FixedAt]));
            (reason, reconciled) = (SilenceReason.BatteryDead, "batteryWasFlat");
        }
        return Restored(fix.ReceivedAt, reason, reconciled, evidence, options, position);
    }

    private readonly SignalRestored RestoredBy(in DeviceEvent told, SignalOptions options, in GeoPoint? position)
    {
        SilenceReason after = told.Kind switch
        {
            DeviceEventKind.Shutdown or DeviceEventKind.Boot => SilenceReason.SwitchedOff,
            DeviceEventKind.AppStopped or DeviceEventKind.AppStarted => SilenceReason.AppStopped,
            DeviceEventKind.PermissionDenied or DeviceEventKind.PermissionGranted => SilenceReason.LocationPermission,
            DeviceEventKind.LocationServiceOff or DeviceEventKind.LocationServiceOn => SilenceReason.LocationService,
            DeviceEventKind.AeroplaneModeOn or DeviceEventKind.AeroplaneModeOff => SilenceReason.AeroplaneMode,
            DeviceEventKind.NetworkLost => SilenceReason.NoNetwork,
            _ => SilenceReason.Unknown,
        };
        // A phone whose battery was flat is switched on again as well.
        bool keeps = after == SilenceReason.Unknown || after == _reason || (_reason == SilenceReason.BatteryDead && after == SilenceReason.SwitchedOff);
        List<Evidence> evidence = SilenceEvidence(options);
        if (after != SilenceReason.Unknown)
            evidence.Add(new("deviceTold", 0.9, new($"On its return the device told: {told.Kind}.", $"设备恢复时上报：{told.Kind}。"), [told.At]));
        if (keeps) return Restored(told.ReceivedAt, _reason, null, evidence, options, position);
        // Nobody shut it down, and there was little left: it went out.
        bool wentOut = told.Kind == DeviceEventKind.Boot && _reason == SilenceReason.Unknown && _batteryPct <= BatteryFadingPct;
        return Restored(told.ReceivedAt, wentOut ? SilenceReason.BatteryDead : after, wentOut ? "batteryWasFlat" : "deviceTold", evidence, options, position);
    }

    private readonly SignalRestored Restored(
        Instant at, SilenceReason reason, string? reconciled, List<Evidence> evidence, SignalOptions options, in GeoPoint? position) => new()
        {
            At = at,
            ConfirmedAt = at,
            Position = position,
            LostAt = SilentSince + LostAfter(options),
            Reason = NameOf(reason),
            Evidence = evidence,
            Reconciled = reconciled,
        };

    private static LocalText Text(FormattableString en, FormattableString zh) =>
        new(en.ToString(CultureInfo.InvariantCulture), zh.ToString(CultureInfo.InvariantCulture));
}
