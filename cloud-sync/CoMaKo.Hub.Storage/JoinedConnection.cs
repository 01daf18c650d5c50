using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace CoMaKo.Hub.Storage;

/// <summary>A reader's view of a transaction that is open: closing it closes nothing.</summary>
/// <param name="inner">The connection of the transaction.</param>
/// <param name="isOpen">Whether the transaction still is.</param>
internal sealed class JoinedConnection(DbConnection inner, Func<bool> isOpen) : DbConnection
{
    [AllowNull]
    public override string ConnectionString { get => inner.ConnectionString; set => throw new NotSupportedException(); }

    public override string Database => inner.Database;

    public override string DataSource => inner.DataSource;

    public override string ServerVersion => inner.ServerVersion;

    public override ConnectionState State => inner.State;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    public override void Open()
    {
    }

    public override void Close()
    {
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => isOpen() ? inner.CreateCommand() : throw new InvalidOperationException("CMH-2019. The transaction that this reader looks at has ended. Open the reader after it.");
}
