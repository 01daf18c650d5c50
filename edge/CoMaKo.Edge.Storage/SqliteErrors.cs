namespace CoMaKo.Edge.Storage;

/// <summary>Primary and extended result codes of SQLite (sqlite.org/rescode.html) that the store tells apart.</summary>
internal static class SqliteErrors
{
    public const int Generic = 1;
    public const int ReadOnly = 8;
    public const int Io = 10;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int CannotOpen = 14;
    public const int NotADatabase = 26;

    public const int IoRead = 266;
    public const int IoShortRead = 522;
    public const int IoCorruptFileSystem = 8458;
}
