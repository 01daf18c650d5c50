using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>Something that a document must say and that is not known. No number is taken before it is entered.</summary>
/// <param name="Participant">Whose; empty: the cooperative's own.</param>
/// <param name="Code">CMH-2402 address, 2403 tax number, 2404 VAT id, 2406 sums, 2414 the cooperative's tax profile.</param>
/// <param name="Field">Member of the form that asks for it.</param>
public sealed record InvoiceGap(string Participant, string Code, string Field)
{
    /// <summary>The page where it is entered.</summary>
    public string Address => Participant.Length == 0 ? "/pages/invoicing" : $"/pages/participants/{Uri.EscapeDataString(Participant)}/billing";

    /// <summary>What is missing, where it is entered.</summary>
    public string Text => Code switch
    {
        "CMH-2403" => $"A tax number or a VAT identification number is missing: § 14 (4) UStG asks for one of them. Enter it at {Address}.",
        "CMH-2404" => $"The VAT identification number is missing: § 14a (5) UStG asks for it where the recipient owes the tax. Enter it at {Address}.",
        "CMH-2406" => "The lines of the month and its tax do not come to the same sum. Look at the statement; an error of the hub's, please report it.",
        "CMH-2414" => $"How the cooperative's own supplies are taxed is not known: it decides the tax on every invoice. Enter it at {Address}.",
        _ => $"The {Field.Replace('_', ' ')} is missing: § 14 (4) UStG asks for full name and address. Enter it at {Address}.",
    };

    /// <summary>What name and address lack.</summary>
    public static IEnumerable<InvoiceGap> OfAddress(Party party)
    {
        foreach (var (field, value) in ((string Field, string? Value)[])[("name", party.Name), ("street", party.Street), ("postal_code", party.PostalCode), ("city", party.City)])
            if (value is null) yield return new InvoiceGap(party.Id, "CMH-2402", field);
    }

    /// <summary>Without the cooperative's profile no invoice could say its tax.</summary>
    internal static IEnumerable<InvoiceGap> OfProfile(bool isKnown) => isKnown ? [] : [new InvoiceGap("", "CMH-2414", "treatment")];

    /// <summary>What a document with these treatments lacks beside names and addresses.</summary>
    internal static IEnumerable<InvoiceGap> OfTax(InvoiceBill bill, Party supplier, Party recipient)
    {
        bool isSelfBilling = bill.Kind == InvoiceKind.CreditNote;
        if (supplier is { TaxNumber: null, VatId: null } && (!isSelfBilling || bill.Taxes.Any(tax => tax.Treatment is TaxTreatment.Standard or TaxTreatment.SmallBusiness)))
            yield return new InvoiceGap(supplier.Id, "CMH-2403", "tax_number");
        if (bill.Taxes.Any(tax => tax.Treatment == TaxTreatment.ReverseCharge))
            foreach (var party in (Party[])[supplier, recipient])
                if (party.VatId is null) yield return new InvoiceGap(party.Id, "CMH-2404", "vat_id");
    }
}
