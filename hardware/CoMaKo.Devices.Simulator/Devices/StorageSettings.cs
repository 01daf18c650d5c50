using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>The writable registers of the storage inverter: SunSpec models 123 (output limit) and 124 (charge and discharge limits). Guarded by its owner.</summary>
internal sealed class StorageSettings
{
    private const int OutputPercent = 5, OutputRevert = 7, OutputEnable = 9;
    private const int Mode = 5, MinReserve = 7, OutRate = 12, InRate = 13, RateRevert = 15, ChargeFromGrid = 17;
    private const byte IllegalAddress = 2, IllegalValue = 3;

    private readonly Dictionary<(int Model, int Offset), ushort> words = new()
    {
        [(123, 4)] = 1, [(123, OutputPercent)] = 10_000, [(123, 6)] = 0, [(123, OutputRevert)] = 0, [(123, 8)] = 0, [(123, OutputEnable)] = 0,
        [(124, Mode)] = 0, [(124, MinReserve)] = 500, [(124, OutRate)] = 10_000, [(124, InRate)] = 10_000, [(124, 14)] = 0, [(124, RateRevert)] = 0, [(124, 16)] = 0,
        [(124, ChargeFromGrid)] = 0,
    };

    /// <summary>Shows the written words in the model that they belong to.</summary>
    public SunSpecModel CopyTo(SunSpecModel model)
    {
        foreach (var ((id, offset), word) in words)
            if (id == model.Words[0]) model.Put(offset, word);
        return model;
    }

    /// <summary>Takes a write if every register of it can be written and every value is allowed; else nothing.</summary>
    /// <returns>0 or the exception code.</returns>
    public byte Write(int model, int offset, ReadOnlySpan<ushort> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!words.ContainsKey((model, offset + i))) return IllegalAddress;
            if (!IsAllowed(model, offset + i, values[i])) return IllegalValue;
        }

        for (int i = 0; i < values.Length; i++) words[(model, offset + i)] = values[i];
        return 0;
    }

    /// <summary>The limits that these registers ask for, counted from now on.</summary>
    public BatteryControls ToControls(long second)
    {
        int mode = words[(124, Mode)], revert = words[(124, RateRevert)], outputRevert = words[(123, OutputRevert)];
        bool limitsOutput = words[(123, OutputEnable)] == 1;
        return new(
            (mode & 1) != 0 ? (short)words[(124, InRate)] : null, (mode & 2) != 0 ? (short)words[(124, OutRate)] : null,
            limitsOutput ? words[(123, OutputPercent)] : null, words[(124, ChargeFromGrid)] == 1, words[(124, MinReserve)],
            mode != 0 && revert > 0 ? second + revert : null, limitsOutput && outputRevert > 0 ? second + outputRevert : null);
    }

    /// <summary>What has run out is off in the registers too.</summary>
    public void Follow(BatteryControls inForce)
    {
        if (inForce is { ChargeLimit: null, DischargeLimit: null }) words[(124, Mode)] = 0;
        if (inForce.OutputLimit is null) words[(123, OutputEnable)] = 0;
    }

    private static bool IsAllowed(int model, int offset, ushort value) => (model, offset) switch
    {
        (123, OutputPercent) or (124, MinReserve) => value <= 10_000,
        (123, OutputEnable) or (123, 4) or (124, ChargeFromGrid) => value <= 1,
        (124, Mode) => value <= 3,
        (124, OutRate) or (124, InRate) => (short)value is >= -10_000 and <= 10_000,
        _ => true,
    };
}
