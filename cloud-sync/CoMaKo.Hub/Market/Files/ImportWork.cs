using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Market.Files;

/// <summary>One file on its way in: who brings it, what came of its rows so far.</summary>
internal sealed class ImportWork(Caller caller, long nowUs, FormFindings findings)
{
    public Caller Caller => caller;

    public long NowUs => nowUs;

    public FormFindings Findings => findings;

    public int Created { get; private set; }

    public int Unchanged { get; private set; }

    public int Corrected { get; private set; }

    /// <summary>Counts a row.</summary>
    /// <param name="was">What was there; absent if nothing was.</param>
    /// <returns>Whether it differs.</returns>
    public bool Count<T>(T? was, T isNow)
        where T : class
    {
        if (was is null) Created++;
        else if (was.Equals(isNow)) Unchanged++;
        else Corrected++;
        return was is null || !was.Equals(isNow);
    }

    /// <summary>Counts a row that one of the stores has put, or tells what it found.</summary>
    public void Count(int row, PutOutcome outcome, FormFindings own)
    {
        foreach (var finding in own.Told) findings.Add(row, finding.Field, finding.Code, finding.Text);
        if (outcome.Result == PutResult.Created) Created++;
        else if (outcome.Result == PutResult.Unchanged) Unchanged++;
        else Corrected++;
    }

    public ValueTask AuditAsync<T>(HubTransaction tx, string action, string subject, T state) => Audit.AppendAsync(tx, nowUs, caller.Name, action, subject, AuditText.Of(state));
}
