using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Market;

/// <summary>What a participant is; the numbers are those of <c>mkt_participant.kind</c>.</summary>
internal enum ParticipantKind
{
    Person = 1,
    Company = 2,
}

/// <summary>A participant in the REST interface. The PIN for the voicebot can be set and is never shown.</summary>
internal sealed record ParticipantDocument(string Id, string? Name, ParticipantKind Kind, string? CustomerNumber, bool HasVoicePin);

/// <summary>A participant from outside. Codes: CMH-1666 customer number, 1667 PIN.</summary>
/// <param name="VoicePin">Absent: the old one stays.</param>
internal sealed record ParticipantForm(ParticipantDocument Document, string? VoicePin)
{
    /// <returns>Of no use if there are findings.</returns>
    public static ParticipantForm Read(JsonForm form, string id)
    {
        if (id.Length is 0 or > 100 || id.Trim() != id || id.Any(char.IsControl)) form.Add("id", "CMH-1606", "An id has 1 to 100 characters, no control characters and no blanks at its ends.");
        if (form.Text("id") is { } own && own != id) form.Add("id", "CMH-1606", "The id is another one than the path's.");
        _ = form.Flag("has_voice_pin"); // what GET answers may be PUT again
        var document = new ParticipantDocument(id, form.Text("name"), form.Word<ParticipantKind>("kind") ?? ParticipantKind.Person, form.Text("customer_number", most: 20), false);
        if (document.CustomerNumber?.All(char.IsAsciiDigit) == false) form.Add("customer_number", "CMH-1666", "A customer number has digits only, so that it can be said.");
        string? pin = form.Text("voice_pin", most: 10);
        if (pin is not null && (pin.Length < 4 || !pin.All(char.IsAsciiDigit))) form.Add("voice_pin", "CMH-1667", "A PIN has 4 to 10 digits.");
        form.Close();
        return new ParticipantForm(document, pin);
    }
}
