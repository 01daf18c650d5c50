namespace CoMaKo.Hub.Web.Parts;

/// <summary>A field of a form, as its reader knows it.</summary>
/// <param name="Name">What findings call it: the member of the REST interface.</param>
/// <param name="Id">Of its element on the page; empty: it is not on this one.</param>
/// <param name="Word">Key of its label.</param>
public sealed record ShownField(string Name, string Id, string Word)
{
    /// <summary>The field in which a finding lies; <c>keys.ZP001</c> and <c>metering_points[3]</c> lie in <c>keys</c> and <c>metering_points</c>.</summary>
    public static ShownField? Find(IEnumerable<ShownField> fields, string field)
    {
        string name = field.Split('.', '[')[0];
        return fields.FirstOrDefault(each => each.Name == name);
    }
}
