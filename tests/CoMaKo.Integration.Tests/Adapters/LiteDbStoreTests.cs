using CoMaKo.Integration.Tests.Crash;
using CoMaKo.Integration.Tests.Kill;
using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Adapters;

/// <summary>Power cuts with the optional part LiteDB. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class LiteDbStoreCrashTests(ITestOutputHelper output) : StoreCrashContract("litedb", output);

/// <summary>Kills with the optional part LiteDB.</summary>
public sealed class LiteDbStoreKillTests(ITestOutputHelper output) : StoreKillContract("litedb", output);

/// <summary>A failing disk under the optional part LiteDB.</summary>
public sealed class LiteDbStoreFaultTests() : StoreFaultContract("litedb", "fsync", "outbox.litedb-log");
