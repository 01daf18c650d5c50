namespace CoMaKo.Devices;

/// <summary>Name of a device in the building file: 1–32 characters of <c>a–z 0–9 -</c>.</summary>
public readonly record struct DeviceId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>What a device is for in the building; decides the sign rules and its place in the power-flow picture.</summary>
public enum DeviceRole
{
    /// <summary>At the grid connection; power positive = import.</summary>
    Grid,

    /// <summary>Generation; power positive = production.</summary>
    Pv,

    /// <summary>Storage; power positive = discharge.</summary>
    Battery,

    /// <summary>A consumer measured on its own; power positive = towards the consumer.</summary>
    Load,

    /// <summary>Read and shown, in no balance.</summary>
    Other,
}
