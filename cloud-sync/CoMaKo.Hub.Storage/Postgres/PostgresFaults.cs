using System.Net.Sockets;
using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>What a server's error codes (PostgreSQL manual, appendix A) mean, and which transactions are run again: the one place that decides it.</summary>
internal static class PostgresFaults
{
    /// <summary>How often a transaction is tried in all.</summary>
    public const int MostAttempts = 5;

    private const string IdleInTransaction = "25P03"; // idle_in_transaction_session_timeout

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// A transaction that gave way, or whose connection broke before its commit was sent, did nothing: it is run again. What ran into a limit of
    /// time is not, because its caller has waited long enough.
    /// </summary>
    public static bool MayRepeat(Exception failure) => failure switch
    {
        PostgresException answer => answer.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected || IsGoingDown(answer),
        NpgsqlException { InnerException: not TimeoutException } => true,
        _ => false,
    };

    /// <summary>
    /// Whether a failed commit surely did nothing. A session that ends tells nothing about it: its end may have come between the commit and the answer.
    /// </summary>
    public static bool IsRefusal(NpgsqlException failure) => failure is PostgresException answer && !IsGoingDown(answer);

    /// <summary>Full jitter: transactions that met once do not meet again.</summary>
    public static TimeSpan PauseAfter(int attempt) => Random.Shared.NextDouble() * FirstPause * (1 << attempt);

    public static HubDatabaseException Of(NpgsqlException failure) => new(FaultOf(failure), failure);

    private static HubFault FaultOf(NpgsqlException failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } => HubFault.Duplicate,
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled or IdleInTransaction } => HubFault.Contended,
        PostgresException answer when IsGoingDown(answer) || IsShortOfSomething(answer) => HubFault.Unavailable,
        PostgresException => HubFault.Refused,
        { InnerException: TimeoutException } => HubFault.Contended,
        _ => HubFault.Unavailable,
    };

    /// <summary>Class 08, connection exception, and 57P0x: the server stops, starts, or ended this session.</summary>
    private static bool IsGoingDown(PostgresException answer) =>
        answer.SqlState.StartsWith("08", StringComparison.Ordinal) || answer.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || answer.InnerException is SocketException;

    /// <summary>Classes 53, insufficient resources, 58, system error, and a standby that only reads.</summary>
    private static bool IsShortOfSomething(PostgresException answer) =>
        answer.SqlState.StartsWith("53", StringComparison.Ordinal) || answer.SqlState.StartsWith("58", StringComparison.Ordinal) || answer.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction;
}
