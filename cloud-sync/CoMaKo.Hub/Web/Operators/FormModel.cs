using CoMaKo.Hub.Web.Parts;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>What a field takes.</summary>
public enum FieldKind
{
    Text,
    Number,
    Day,
    Time,

    /// <summary>Several lines.</summary>
    Area,
    Choice,
    File,
}

/// <summary>A field of a form, named as the member of the REST interface.</summary>
/// <param name="Word">Key of its label.</param>
/// <param name="Hint">Key of the sentence below it; absent: none.</param>
/// <param name="Choices">Values and their texts' keys.</param>
public sealed record FormField(string Name, string Word, FieldKind Kind = FieldKind.Text, string? Value = null, bool IsRequired = false, string? Hint = null, IReadOnlyList<(string Value, string Word)>? Choices = null);

/// <summary>A form of the operator's pages.</summary>
/// <param name="Action">Where it is sent.</param>
/// <param name="Button">Key of the button's text.</param>
/// <param name="Hidden">Fields that go along.</param>
public sealed record FormModel(string Action, string Button, IReadOnlyList<FormField> Fields, IReadOnlyDictionary<string, string>? Hidden = null)
{
    /// <summary>Its fields, as findings name them and as readers know them.</summary>
    /// <param name="prefix">Before the ids of its fields.</param>
    public IEnumerable<ShownField> Shown(string prefix = "") => Fields.Select(field => new ShownField(field.Name, prefix + field.Name, field.Word));

    /// <summary>The form again, with what was typed.</summary>
    internal FormModel With(IFormCollection typed) => this with { Fields = [.. Fields.Select(field => field.Kind == FieldKind.File ? field : field with { Value = typed[field.Name].ToString() })] };
}
