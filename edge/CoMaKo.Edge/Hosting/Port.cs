using CoMaKo.Devices;

namespace CoMaKo.Edge.Hosting;

/// <summary>A part that can serve a port.</summary>
/// <param name="Title">For people: what it is made of.</param>
/// <param name="WhyNot">Why it cannot be used on this machine; absent if it can.</param>
internal sealed record Part<TCreate>(string Title, TCreate Create, Func<LinkException?> WhyNot) where TCreate : Delegate
{
    /// <summary>A part that any machine can use.</summary>
    public Part(string title, TCreate create) : this(title, create, static () => null)
    {
    }
}

/// <summary>A port and the parts of this build that can serve it, by the names that the building file chooses them by.</summary>
/// <param name="title">For people, e.g. <c>MQTT session</c>.</param>
/// <param name="byDefault">Name of the default part.</param>
/// <param name="packages">Packages of the optional parts, by their names, whether this build has them or not.</param>
internal sealed class Port<TCreate>(string title, string byDefault, Part<TCreate> part, params (string Name, string Package)[] packages) where TCreate : Delegate
{
    private readonly Dictionary<string, Part<TCreate>> parts = new(StringComparer.Ordinal) { [byDefault] = part };

    public string Title => title;

    public string Default => byDefault;

    public Part<TCreate> this[string name] => parts[name];

    /// <summary>Those of this build, the default first.</summary>
    public IEnumerable<Part<TCreate>> Parts => parts.Values;

    /// <summary>Adds an optional part; in builds with <c>-p:Adapters=nuget</c> only.</summary>
    public void Add(string name, Part<TCreate> optional) => parts.Add(name, optional);

    /// <summary>Why no part of this name can be chosen; absent if it can.</summary>
    public string? Refusal(string name)
    {
        if (parts.ContainsKey(name)) return null;
        return packages.FirstOrDefault(p => p.Name == name).Package is { } package
            ? $"This build has no {package}: build with -p:Adapters=nuget where a feed carries it, or choose '{byDefault}'."
            : $"'{name}' is no part for this ({title}): this build has {string.Join(", ", parts.Keys)}.";
    }

    /// <summary>Which part serves.</summary>
    /// <param name="at">Where it serves, e.g. <c>bus 'broker'</c>; empty: everywhere.</param>
    /// <param name="key">What the building file chooses it by.</param>
    public ServedPort Served(string name, string at, string key) => new(
        at.Length == 0 ? title : $"{title} of {at}", parts[name].Title, name != byDefault,
        name != byDefault ? $"chosen by '{key}: {name}'" : parts.Count == 1 ? "the only one of this build" : $"nothing else is chosen by '{key}'");
}

/// <summary>The part that serves a port.</summary>
/// <param name="Why">Why this one.</param>
internal sealed record ServedPort(string Port, string Part, bool IsOptional, string Why)
{
    public override string ToString() => $"{Port}: {Part}, {(IsOptional ? "optional" : "default")}, {Why}";
}
