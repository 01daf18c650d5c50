namespace CoMaKo.Quantities;

/// <summary>How a register total came about; the numbers are those of the wire (<c>edge_sync.proto</c>) and of every table.</summary>
public enum Quality
{
    /// <summary>Read from the register, interpolated between two readings at most 60 s apart.</summary>
    Measured = 1,

    /// <summary>A register with steps of 0.1 kWh or a float32: anchored to the register, shaped by measured power inside one step.</summary>
    InterpolatedInStep = 2,

    /// <summary>A device that knows only power: sum of a persisted virtual register.</summary>
    Derived = 3,

    /// <summary>A register with 1 kWh steps: not fit for quarter hours; the meter must be unlocked.</summary>
    Coarse = 4,

    /// <summary>Taken while the clock was not synchronised: evidence only, segment 0, never a slot's border.</summary>
    ClockUncertain = 5,
}

/// <summary>Whether a register counts in settlement. A total is never counted beside the tariffs it is the sum of.</summary>
public enum SettlementRole
{
    Settlement = 1,
    Information = 2,
}

/// <summary>Why a segment of a register begins or ends.</summary>
public enum SegmentReason
{
    Commissioned = 1,
    MeterSwapped = 2,
    RolledOver = 3,
    Reset = 4,
    SettingsChanged = 5,
    Resumed = 6,
}
