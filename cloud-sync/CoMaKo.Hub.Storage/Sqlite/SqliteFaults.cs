using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CoMaKo.Hub.Storage;

/// <summary>What SQLite's result codes mean for the caller.</summary>
internal static class SqliteFaults
{
    public static HubDatabaseException Of(SqliteException failure) => new(FaultOf(failure), failure);

    private static HubFault FaultOf(SqliteException failure) => failure.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => HubFault.Contended,
        raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_CORRUPT or raw.SQLITE_NOMEM => HubFault.Unavailable,
        raw.SQLITE_CONSTRAINT when failure.SqliteExtendedErrorCode is raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_ROWID => HubFault.Duplicate,
        _ => HubFault.Refused,
    };
}
