using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Web.People;

/// <summary>Whom to invite, as the REST interface takes it.</summary>
internal sealed record InvitationForm(string Name, string Role, string? Participant, string? Language, string? Email);

/// <summary>An invitation as it is given on; its code is shown only now.</summary>
internal sealed record InvitationDocument(string Name, string Role, string? Participant, string Code, DateTimeOffset ExpiresAt, bool IsReset);

/// <summary>People over REST. Codes: CMH-1558 whom to invite, 1559 known with another role or participant.</summary>
internal static class PeopleEndpoints
{
    public static void MapPeople(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapSignIn();
        endpoints.MapOpenId();
        endpoints.MapSecondFactor();
        endpoints.MapAccount();
        endpoints.MapPeoplePages();
        endpoints.MapPasskeys();
        endpoints.MapPost("/people/invitations", InviteAsync).WithName("invite").WithSummary("Invites somebody, or lets somebody in anew: ends all their sessions and forgets their password")
            .TakesJson<InvitationForm>().Produces<InvitationDocument>(201).ProducesProblem(409).ForOperators(""); // no scope: it would make a key that can make operators
    }

    private static async Task<IResult> InviteAsync(HttpContext context, Invitations invitations, IKnownParticipants participants, Caller caller)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        string? typed = form.Text("name", isRequired: true, most: 64), name = Person.NormaliseName(typed);
        if (typed is not null && name is null) form.Add("name", "CMH-1558", Person.NameForm);
        var role = form.Word<InvitedRole>("role", isRequired: true);
        var wish = new InvitationWish(name ?? "", (Roles)(role ?? InvitedRole.Viewer), form.Text("participant"), form.Text("language"), form.Text("email", most: 200));
        form.Close();
        if (role is not null)
            foreach (var (field, text) in wish.Validate()) form.Add(field, "CMH-1558", text);
        if (wish.Participant is { } participant && !await participants.ExistsAsync(participant)) form.Add("participant", "CMH-1558", $"There is no participant '{participant}'.");
        if (findings.Any) return findings.ToProblem();
        return await invitations.CreateAsync(wish, caller.Name) is { } invitation
            ? Results.Json(DocumentOf(invitation), statusCode: StatusCodes.Status201Created)
            : Problems.Of(409, "CMH-1559", "Known otherwise", $"'{wish.Name}' is known with another role or participant. Invite under another name.");
    }

    private static InvitationDocument DocumentOf(Invitation invitation) => new(
        invitation.Person.Name, invitation.Person.Role.ToString().ToLowerInvariant(), invitation.Person.Participant, invitation.Code,
        DateTimeOffset.UnixEpoch.AddTicks(invitation.ExpiresUs * 10), invitation.IsReset);

    /// <summary>Roles that people have.</summary>
    private enum InvitedRole
    {
        Viewer = Roles.Viewer,
        Member = Roles.Member,
        Operator = Roles.Operator,
    }
}
