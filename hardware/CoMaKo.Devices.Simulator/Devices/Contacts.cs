namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>The grid operator's contacts at the I/O module, in the order of its discrete inputs. Safe from any thread.</summary>
public sealed class Contacts
{
    /// <summary>Words for them, as in the building file's <c>meaning</c>.</summary>
    public static readonly IReadOnlyList<string> Names = ["dim", "feed-in-60", "feed-in-30", "feed-in-0", "feed-in-100"];

    private readonly bool[] closed = new bool[Names.Count];

    /// <summary>Whether this input is closed.</summary>
    public bool this[int input]
    {
        get => Volatile.Read(ref closed[input]);
        set => Volatile.Write(ref closed[input], value);
    }
}

/// <summary>One change of a contact, written <c>dim on</c> (closed) or <c>feed-in-30 off</c>.</summary>
public sealed record ContactSwitch(int Input, bool Closed)
{
    /// <returns>The change; absent if the text has another form.</returns>
    public static ContactSwitch? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is 0 or > 2 || (words.Length == 2 && words[1] is not ("on" or "off"))) return null;
        int input = Contacts.Names.ToList().IndexOf(words[0]);
        return input < 0 ? null : new(input, words.Length == 1 || words[1] == "on");
    }
}
