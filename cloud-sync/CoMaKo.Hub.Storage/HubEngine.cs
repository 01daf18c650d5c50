namespace CoMaKo.Hub.Storage;

/// <summary>The database engines that a hub can stand on. Their names in lower case are the folders of their scripts.</summary>
public enum HubEngine
{
    /// <summary>One file, one process.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server, any number of replicas.</summary>
    Postgres,
}

/// <summary>The few places where one SQL text does not serve both engines.</summary>
public static class EngineSql
{
    /// <summary>The condition behind a column that it is one of several values: <c>$"WHERE id {engine.AnyOf("@ids")}"</c> with an array as value.</summary>
    /// <param name="name">The value's name in the statement, e.g. <c>@ids</c>.</param>
    public static string AnyOf(this HubEngine engine, string name) => engine == HubEngine.Postgres ? $"= ANY ({name})" : $"IN {name}";
}
