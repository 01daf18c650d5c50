using static CoMaKo.Devices.Measurand;
using static CoMaKo.Devices.Protocols.SunSpec.SunSpecType;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>The models that the product reads, and the control points of 123, 124, 704 and 802 (inverters.md 1.3; checked against the published model files by a test).</summary>
internal static class SunSpecCatalogue
{
    public static IReadOnlyDictionary<int, SunSpecModel> All { get; } = ((SunSpecModel[])[
        .. Same([101, 102, 103], InverterInteger(), InverterMeaning), .. Same([111, 112, 113], InverterFloat(), InverterMeaning),
        .. Same([201, 202, 203, 204], MeterInteger(), MeterMeaning), .. Same([211, 212, 213, 214], MeterFloat(), MeterMeaning),
        Plain(120, Nameplate()), Plain(121, [new("WMax", 2, U16, 22)]), Plain(122, Status()), Plain(123, Controls()), Plain(124, Storage()),
        Plain(160, [new("N", 8, U16)]), new(701, DerMeasurement(), DerMeaning), Plain(702, DerCapacity()), Plain(703, [new("ES", 2, Enum16)]),
        Plain(704, DerControls()), Plain(713, DerStorage()), Plain(802, Battery()),
    ]).ToDictionary(m => m.Id);

    private static Dictionary<Measurand, string> InverterMeaning => new()
    {
        [ActivePower] = "W", [ActiveEnergyExport] = "WH", [VoltageL1] = "PhVphA", [VoltageL2] = "PhVphB", [VoltageL3] = "PhVphC",
        [CurrentL1] = "AphA", [CurrentL2] = "AphB", [CurrentL3] = "AphC", [Frequency] = "Hz", [ApparentPower] = "VA", [ReactivePower] = "VAr",
        [DcPower] = "DCW", [Temperature] = "TmpCab", [OperatingState] = "St",
    };

    private static Dictionary<Measurand, string> MeterMeaning => new()
    {
        [ActivePower] = "W", [ActivePowerL1] = "WphA", [ActivePowerL2] = "WphB", [ActivePowerL3] = "WphC",
        [ActiveEnergyImport] = "TotWhImp", [ActiveEnergyExport] = "TotWhExp", [VoltageL1] = "PhVphA", [VoltageL2] = "PhVphB", [VoltageL3] = "PhVphC",
        [CurrentL1] = "AphA", [CurrentL2] = "AphB", [CurrentL3] = "AphC", [Frequency] = "Hz", [ApparentPower] = "VA", [ReactivePower] = "VAR",
    };

    private static Dictionary<Measurand, string> DerMeaning => new()
    {
        [ActivePower] = "W", [ActivePowerL1] = "WL1", [ActivePowerL2] = "WL2", [ActivePowerL3] = "WL3",
        [ActiveEnergyImport] = "TotWhAbs", [ActiveEnergyExport] = "TotWhInj", [VoltageL1] = "VL1", [VoltageL2] = "VL2", [VoltageL3] = "VL3",
        [CurrentL1] = "AL1", [CurrentL2] = "AL2", [CurrentL3] = "AL3", [Frequency] = "Hz", [ApparentPower] = "VA", [ReactivePower] = "Var",
        [Temperature] = "TmpCab", [OperatingState] = "InvSt",
    };

    private static SunSpecPoint[] InverterInteger() =>
    [
        .. Phases("Aph", 3, 1, U16, 6), .. Phases("PhVph", 10, 1, U16, 13), new("W", 14, S16, 15), new("Hz", 16, U16, 17), new("VA", 18, S16, 19),
        new("VAr", 20, S16, 21), new("WH", 24, Acc32, 26), new("DCW", 31, S16, 32), new("TmpCab", 33, S16, 37), new("St", 38, Enum16),
    ];

    private static SunSpecPoint[] InverterFloat() =>
    [
        .. Phases("Aph", 4, 2, F32), .. Phases("PhVph", 16, 2, F32), new("W", 22, F32), new("Hz", 24, F32), new("VA", 26, F32),
        new("VAr", 28, F32), new("WH", 32, F32), new("DCW", 38, F32), new("TmpCab", 40, F32), new("St", 48, Enum16),
    ];

    private static SunSpecPoint[] MeterInteger() =>
    [
        .. Phases("Aph", 3, 1, S16, 6), .. Phases("PhVph", 8, 1, S16, 15), new("Hz", 16, S16, 17), new("W", 18, S16, 22), .. Phases("Wph", 19, 1, S16, 22),
        new("VA", 23, S16, 27), new("VAR", 28, S16, 32), new("TotWhExp", 38, Acc32, 54), new("TotWhImp", 46, Acc32, 54),
    ];

    private static SunSpecPoint[] MeterFloat() =>
    [
        .. Phases("Aph", 4, 2, F32), .. Phases("PhVph", 12, 2, F32), new("Hz", 26, F32), new("W", 28, F32), .. Phases("Wph", 30, 2, F32),
        new("VA", 36, F32), new("VAR", 44, F32), new("TotWhExp", 60, F32), new("TotWhImp", 68, F32),
    ];

    private static SunSpecPoint[] Nameplate() =>
    [
        new("DERTyp", 2, Enum16), new("WRtg", 3, U16, 4), new("WHRtg", 19, U16, 20), new("MaxChaRte", 23, U16, 24), new("MaxDisChaRte", 25, U16, 26),
    ];

    private static SunSpecPoint[] Status() =>
        [new("PVConn", 2, Enum16), new("StorConn", 3, Enum16), new("ActWh", 5, Acc64), new("WAval", 31, U16, 32), new("StActCtl", 35, Enum32)];

    private static SunSpecPoint[] Controls() =>
    [
        new("Conn", 4, Enum16), new("WMaxLimPct", 5, U16, 23), new("WMaxLimPct_WinTms", 6, U16), new("WMaxLimPct_RvrtTms", 7, U16),
        new("WMaxLimPct_RmpTms", 8, U16), new("WMaxLim_Ena", 9, Enum16),
    ];

    private static SunSpecPoint[] Storage() =>
    [
        new("WChaMax", 2, U16, 18), new("StorCtl_Mod", 5, Enum16), new("MinRsvPct", 7, U16, 21), new("ChaState", 8, U16, 22), new("ChaSt", 11, Enum16),
        new("OutWRte", 12, S16, 25), new("InWRte", 13, S16, 25), new("InOutWRte_WinTms", 14, U16), new("InOutWRte_RvrtTms", 15, U16),
        new("InOutWRte_RmpTms", 16, U16), new("ChaGriSet", 17, Enum16),
    ];

    private static SunSpecPoint[] DerMeasurement() =>
    [
        new("St", 3, Enum16), new("InvSt", 4, Enum16), new("W", 10, S16, 116), new("VA", 11, S16, 118), new("Var", 12, S16, 119), new("Hz", 17, U32, 115),
        new("TotWhInj", 19, U64, 120), new("TotWhAbs", 23, U64, 120), new("TmpCab", 36, S16, 122),
        .. DerPhase("L1", 41, 47), .. DerPhase("L2", 64, 70), .. DerPhase("L3", 87, 93),
    ];

    private static SunSpecPoint[] DerPhase(string phase, int watts, int volts) =>
        [new("W" + phase, watts, S16, 116), new("A" + phase, watts + 4, S16, 113), new("V" + phase, volts, U16, 114)];

    private static SunSpecPoint[] DerCapacity() => [new("WMaxRtg", 2, U16, 45), new("WChaRteMaxRtg", 10, U16, 45), new("WDisChaRteMaxRtg", 11, U16, 45)];

    private static SunSpecPoint[] DerControls() =>
    [
        new("WMaxLimPctEna", 14, Enum16), new("WMaxLimPct", 15, U16, 54), new("WMaxLimPctRvrtTms", 18, U32), new("WMaxLimPctRvrtRem", 20, U32),
        new("WSetEna", 22, Enum16), new("WSetMod", 23, Enum16), new("WSet", 24, S32, 55), new("WSetRvrt", 26, S32, 55), new("WSetPct", 28, S16, 56),
        new("WSetEnaRvrt", 30, Enum16), new("WSetRvrtTms", 31, U32), new("WSetRvrtRem", 33, U32),
    ];

    private static SunSpecPoint[] DerStorage() =>
        [new("WHRtg", 2, U16, 7), new("WHAvail", 3, U16, 7), new("SoC", 4, U16, 8), new("SoH", 5, U16, 8), new("Sta", 6, Enum16)];

    private static SunSpecPoint[] Battery() =>
    [
        new("WHRtg", 3, U16, 53), new("WChaRteMax", 4, U16, 54), new("WDisChaRteMax", 5, U16, 54), new("SoC", 11, U16, 56), new("SoH", 13, U16, 58),
        new("ChaSt", 16, Enum16), new("Hb", 18, U16), new("CtrlHb", 19, U16), new("V", 34, U16, 59), new("A", 44, S16, 61), new("W", 47, S16, 63),
        new("SetOp", 50, Enum16), new("SetInvState", 51, Enum16),
    ];

    private static SunSpecPoint[] Phases(string name, int first, int step, SunSpecType type, int? scale = null) =>
        [new(name + "A", first, type, scale), new(name + "B", first + step, type, scale), new(name + "C", first + 2 * step, type, scale)];

    private static IEnumerable<SunSpecModel> Same(int[] ids, SunSpecPoint[] points, Dictionary<Measurand, string> meaning) => ids.Select(id => new SunSpecModel(id, points, meaning));

    private static SunSpecModel Plain(int id, SunSpecPoint[] points) => new(id, points, new Dictionary<Measurand, string>());
}
