using System.CommandLine;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.People;

namespace CoMaKo.Hub.Host;

/// <summary><c>comako-hub invite</c>: a one-time code for somebody, on the machine that has the database.</summary>
internal static class InviteCommand
{
    public static Command Create(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var name = new Argument<string>("name") { Description = "For sign-in" };
        var role = new Option<Roles>("--role") { Description = "Operator, Member or Viewer", Required = true };
        var participant = new Option<string?>("--participant") { Description = "Whose own things a member reaches" };
        var language = new Option<string?>("--language") { Description = "de or en; default: the browser's" };
        var email = new Option<string?>("--email") { Description = "Address for letters by e-mail" };
        var command = new Command("invite", $"Let somebody in: prints a code for {SignInPages.Invitation}, good for {Invitations.Days} days; who is known is signed out everywhere and needs the code") { name, data, server.Option, role, participant, language, email };
        command.SetAction((parsed, _) => HubCommands.WithDatabaseAsync(parsed, data, server, async database =>
        {
            if (Person.NormaliseName(parsed.GetValue(name)) is not { } normal) return await HubCommands.FailAsync($"CMH-1558 name: {Person.NameForm}", 2);
            var wish = new InvitationWish(normal, parsed.GetValue(role), parsed.GetValue(participant), parsed.GetValue(language), parsed.GetValue(email));
            if (wish.Validate() is { Count: > 0 } findings) return await HubCommands.FailAsync(string.Join('\n', findings.Select(finding => $"CMH-1558 --{finding.Field}: {finding.Text}")), 2);
            if (await new Invitations(database, new RealClock(TimeProvider.System)).CreateAsync(wish, KeyCommand.Actor) is not { } invitation)
                return await HubCommands.FailAsync($"CMH-1559. '{normal}' is known with another role or participant. Invite under another name.", 1);
            Console.WriteLine(invitation.Code);
            return 0;
        }));
        return command;
    }
}
