using System.Data.Common;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using Dapper;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>Addresses and tax numbers: the cooperative's own and the participants'.</summary>
internal sealed class PartyStore(HubDatabase database, TimeProvider clock)
{
    private const string Select = "SELECT participant AS Id, name AS Name, street AS Street, postal_code AS PostalCode, city AS City, country AS Country, tax_number AS TaxNumber, vat_id AS VatId FROM mkt_party";

    /// <summary>Members of the form, and of the table.</summary>
    public static readonly IReadOnlyList<string> Fields = ["name", "street", "postal_code", "city", "country", "tax_number", "vat_id"];

    /// <summary>Reads a form. Codes: CMH-2411 country, 2412 VAT id, 2413 tax number.</summary>
    public static Party Read(JsonForm form, string id)
    {
        var party = new Party(
            id, form.Text("name", most: 200), form.Text("street", most: 200), form.Text("postal_code", most: 16), form.Text("city"), form.Text("country"), form.Text("tax_number", most: 30), form.Text("vat_id", most: 20)?.Replace(" ", "", StringComparison.Ordinal));
        if (party.Country is { } country && (country.Length != 2 || !country.All(char.IsAsciiLetterUpper))) form.Add("country", "CMH-2411", "A country is two capital letters (ISO 3166), e.g. DE.");
        if (party.VatId is { } vat && !IsVatId(vat)) form.Add("vat_id", "CMH-2412", "A VAT identification number begins with the country, e.g. DE123456789: nine digits after DE.");
        if (party.TaxNumber is { } tax && !(tax.Count(char.IsAsciiDigit) is >= 10 and <= 13 && tax.All(each => char.IsAsciiDigit(each) || each is '/' or ' ' or '-'))) form.Add("tax_number", "CMH-2413", "A tax number has 10 to 13 digits, with slashes or without, e.g. 143/815/08154.");
        return party;
    }

    /// <summary>All that are known, by id; the cooperative under the empty text.</summary>
    public async Task<IReadOnlyDictionary<string, Party>> AllAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<Row>(Select)).ToDictionary(row => row.Id, row => row.ToParty(), StringComparer.Ordinal);
    }

    /// <summary>A participant's, or the cooperative's; without anything if nothing was entered.</summary>
    public async Task<Party> OfAsync(string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await OfAsync(reader, id);
    }

    public static async Task<Party> OfAsync(DbConnection reader, string id) => (await reader.QueryFirstOrDefaultAsync<Row>($"{Select} WHERE participant = @id", new { id }))?.ToParty() ?? new Party(id);

    /// <summary>Stores what was entered, and lets waiting documents be made.</summary>
    public async ValueTask PutAsync(HubTransaction tx, Party party, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(tx);
        await tx.Prepare("""
            INSERT INTO mkt_party (participant, name, street, postal_code, city, country, tax_number, vat_id, changed_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (participant) DO UPDATE SET name = excluded.name, street = excluded.street, postal_code = excluded.postal_code, city = excluded.city, country = excluded.country,
              tax_number = excluded.tax_number, vat_id = excluded.vat_id, changed_us = excluded.changed_us
            """).Bind(party.Id).Bind(party.Name).Bind(party.Street).Bind(party.PostalCode).Bind(party.City).Bind(party.Country).Bind(party.TaxNumber).Bind(party.VatId).Bind(clock.UnixMicroseconds()).RunAsync();
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, "billing.change", party.Id.Length == 0 ? "cooperative" : party.Id, new StringBuilder().AppendJoin(", ", ((string?[])[party.Name, party.Street, party.PostalCode, party.City, party.TaxNumber, party.VatId]).OfType<string>()).ToString());
        tx.Signal(InvoiceMaker.Topic);
    }

    /// <summary>Puts one profile of the cooperative in the place of the one from its day.</summary>
    public async ValueTask PutTaxAsync(HubTransaction tx, TaxVersion version, Caller caller) =>
        await TaxStore.PutCooperativeAsync(tx, [.. (await TaxStore.OfCooperativeAsync(tx)).Where(each => each.From != version.From).Append(version).OrderBy(each => each.From)], caller, clock.UnixMicroseconds());

    private static bool IsVatId(string text) => text.Length is >= 6 and <= 14 && text[..2].All(char.IsAsciiLetterUpper) && text[2..].All(char.IsAsciiLetterOrDigit) && (!text.StartsWith("DE", StringComparison.Ordinal) || (text.Length == 11 && text[2..].All(char.IsAsciiDigit)));

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string? Name { get; init; }

        public string? Street { get; init; }

        public string? PostalCode { get; init; }

        public string? City { get; init; }

        public string? Country { get; init; }

        public string? TaxNumber { get; init; }

        public string? VatId { get; init; }

        public Party ToParty() => new(Id, Name, Street, PostalCode, City, Country, TaxNumber, VatId);
    }
}
