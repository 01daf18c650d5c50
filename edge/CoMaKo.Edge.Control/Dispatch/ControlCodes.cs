namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>Stable codes of writes and of the dispatcher. README.md lists them with their meaning.</summary>
public static class ControlCodes
{
    public const string WriteFailed = "CME-2001";
    public const string NoAnswer = "CME-2002";
    public const string ReadBackDiffers = "CME-2003";
    public const string ReadBackFailed = "CME-2004";
    public const string NotControllable = "CME-2005";
    public const string DoesNotFollow = "CME-2006";
    public const string LimitedButReadOnly = "CME-2007";
    public const string LimitNotKept = "CME-2008";
    public const string InputLost = "CME-2009";
    public const string ModeChanged = "CME-2010";
    public const string CycleFailed = "CME-2011";
    public const string RecordLost = "CME-2012";
}
