using CoMaKo.Edge.Diagnostics.Views;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>How the gateway is as a whole: the state of the sentence on top of the pages. Registered by <see cref="DiagnosticsModule.AddDiagnostics"/>.</summary>
public interface IOverallState
{
    ValueTask<State> NowAsync(CancellationToken cancellationToken);
}

internal sealed class OverallState(ViewFactory views) : IOverallState
{
    private static readonly ViewRequest Overview = new(PageKind.Overview, "/", null, null, null, "en", null);

    public async ValueTask<State> NowAsync(CancellationToken cancellationToken) => Answer.Of(await views.CreateAsync(Overview, cancellationToken)).State;
}
