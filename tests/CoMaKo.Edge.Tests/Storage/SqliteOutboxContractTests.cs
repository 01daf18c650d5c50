using CoMaKo.Edge.Storage;

namespace CoMaKo.Edge.Tests.Storage;

/// <summary>The default part: SQLite.</summary>
public sealed class SqliteOutboxContractTests() : OutboxContract(SqliteOutbox.Part);
