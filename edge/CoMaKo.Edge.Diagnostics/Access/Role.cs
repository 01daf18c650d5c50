namespace CoMaKo.Edge.Diagnostics;

/// <summary>What somebody may do on the page; each role may also do what the ones before may (security §4).</summary>
public enum Role
{
    /// <summary>Sees values where the options keep them from strangers.</summary>
    Viewer,

    /// <summary>Tests, the technician's lock, records and exports.</summary>
    Installer,

    /// <summary>Accounts as well.</summary>
    Operator,
}

/// <summary>How the page decides who may see and do what.</summary>
/// <param name="ValuesWithoutSignIn">Whether values may be read without an account. Changing anything always needs one.</param>
/// <param name="HostNames">Names under which browsers may address the page, besides addresses, <c>localhost</c> and the gateway's id with and without <c>.local</c>.</param>
public sealed record AccessOptions(bool ValuesWithoutSignIn, IReadOnlyList<string> HostNames)
{
    public static readonly AccessOptions Default = new(true, []);
}
