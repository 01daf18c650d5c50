using CoMaKo.Edge.Storage.LiteDb;
using CoMaKo.Edge.Tests.Storage;

namespace CoMaKo.Edge.Tests.Adapters;

/// <summary>The optional part: LiteDB. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class LiteDbOutboxContractTests() : OutboxContract(LiteDbOutbox.Part);
