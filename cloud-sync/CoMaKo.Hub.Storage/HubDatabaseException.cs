using System.Data.Common;

namespace CoMaKo.Hub.Storage;

/// <summary>Why a piece of writing failed, the same on every engine.</summary>
public enum HubFault
{
    /// <summary>The database cannot be reached, or its disk is full or broken. Nothing happened; try later.</summary>
    Unavailable,

    /// <summary>The connection broke while the commit was on its way: it happened wholly or not at all. Ask, or repeat what is harmless to repeat.</summary>
    OutcomeUnknown,

    /// <summary>Other transactions stood in the way for too long. Nothing happened; try later.</summary>
    Contended,

    /// <summary>A row with this key exists.</summary>
    Duplicate,

    /// <summary>The database refused the statement: another constraint, or an error of the program.</summary>
    Refused,
}

/// <summary>A piece of writing failed. The text begins with the fault's code.</summary>
public sealed class HubDatabaseException : DbException
{
    internal HubDatabaseException(HubFault fault, DbException cause)
        : base($"{CodeOf(fault)}. {TextOf(fault)} {cause.Message}", cause)
    {
        Fault = fault;
    }

    public HubFault Fault { get; }

    /// <summary>Whether the same may succeed later.</summary>
    public override bool IsTransient => Fault is HubFault.Unavailable or HubFault.OutcomeUnknown or HubFault.Contended;

    private static string CodeOf(HubFault fault) => fault switch
    {
        HubFault.Unavailable => "CMH-2006",
        HubFault.OutcomeUnknown => "CMH-2007",
        HubFault.Contended => "CMH-2008",
        HubFault.Duplicate => "CMH-2009",
        _ => "CMH-2011",
    };

    private static string TextOf(HubFault fault) => fault switch
    {
        HubFault.Unavailable => "The database does not answer or cannot write.",
        HubFault.OutcomeUnknown => "The connection broke during a commit; it took effect wholly or not at all.",
        HubFault.Contended => "Other transactions stood in the way for too long.",
        HubFault.Duplicate => "A row with this key exists.",
        _ => "The database refused a statement.",
    };
}
