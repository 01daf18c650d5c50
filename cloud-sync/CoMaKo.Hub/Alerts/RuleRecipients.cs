using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Alerts;

/// <summary>All who may be told: recipients that were put down, addresses in rules, and people of roles that rules name and that have an address.</summary>
internal static class RuleRecipients
{
    public static async ValueTask<IReadOnlyList<AlertRecipient>> ListAsync(HubTransaction tx, AlertRules rules)
    {
        var stored = await RecipientStore.ListAsync(tx);
        bool namesRoles = rules.Own.Any(rule => rule.To.Any(word => word.StartsWith(AlertRules.RolePrefix, StringComparison.Ordinal)));
        var people = namesRoles ? await Person.WithAddressAsync(tx) : [];
        return [.. stored, .. rules.ByRule(people.Where(person => MailAddress.IsGood(person.Email!)).Select(person => (person.Name, RoleOf(person.Role), person.Email!, person.Language)))];
    }

    private static string RoleOf(Roles role) => AlertRules.RolePrefix + role.ToString().ToLowerInvariant();
}
