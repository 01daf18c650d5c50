using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Components;

namespace CoMaKo.Edge.Diagnostics.Parts;

/// <summary>A piece of a page: sees the view that is being rendered and speaks its language.</summary>
public abstract class Part : ComponentBase
{
    [CascadingParameter]
    internal View View { get; set; } = null!;

    internal Wording Say => View.Say;
}
