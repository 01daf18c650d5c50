using System.Reflection;
using Xunit.Sdk;

namespace CoMaKo.Testing;

/// <summary>What a storage test runs on.</summary>
public enum Engine
{
    Sqlite,
    Postgres,
}

/// <summary>Values of one case of a theory that runs on several engines.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RowAttribute(params object?[] values) : Attribute
{
    public IReadOnlyList<object?> Values => values;
}

/// <summary>Runs a theory on one engine, once for each <see cref="RowAttribute"/>; the engine comes first among its parameters.</summary>
public abstract class OnEngineAttribute(Engine engine) : DataAttribute
{
    public override IEnumerable<object?[]> GetData(MethodInfo testMethod)
    {
        var rows = testMethod.GetCustomAttributes<RowAttribute>().Select(row => row.Values.ToArray()).ToList();
        if (rows.Count == 0) rows.Add([]);
        return rows.Select(row => (object?[])[engine, .. row]);
    }
}

/// <summary>The file engine, which is everywhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnSqliteAttribute() : OnEngineAttribute(Engine.Sqlite);

/// <summary>A real server; without the package the test is skipped, with <c>CI=true</c> it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnPostgresAttribute : OnEngineAttribute
{
    public OnPostgresAttribute()
        : base(Engine.Postgres) => Skip = Peers.WhyNot(Peer.Postgres);
}
