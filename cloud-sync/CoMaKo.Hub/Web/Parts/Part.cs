using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;
using Microsoft.AspNetCore.Components;

namespace CoMaKo.Hub.Web.Parts;

/// <summary>A piece of a page: knows the page's context and speaks its language.</summary>
public abstract class Part : ComponentBase
{
    [CascadingParameter]
    internal PageContext Page { get; set; } = null!;

    internal Wording Say => Page.Say;
}
