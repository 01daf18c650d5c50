namespace CoMaKo.Edge.Storage;

/// <summary>The store could not do what was asked; nothing of the call was stored.</summary>
/// <remarks>
/// <c>CME-1701</c> disk full · <c>CME-1702</c> I/O error or read-only · <c>CME-1703</c> another process holds the store ·
/// <c>CME-1704</c> unreadable: the next opening sets it aside · <c>CME-1705</c> written by a newer version · <c>CME-1706</c> SQLite is not installed ·
/// <c>CME-1707</c> written by another part.
/// </remarks>
public sealed class StoreException : IOException
{
    public StoreException(string code, string text, Exception? inner = null)
        : base($"{code}: {text}", inner) => Code = code;

    /// <summary>Stable code.</summary>
    public string Code { get; }
}
