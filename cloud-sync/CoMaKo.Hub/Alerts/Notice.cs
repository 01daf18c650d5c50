namespace CoMaKo.Hub.Alerts;

/// <summary>Why several news are in one message.</summary>
internal enum NoticeForm
{
    Single,

    /// <summary>Many of one kind at once: likely they have one root.</summary>
    Digest,

    /// <summary>What the quiet hours held back.</summary>
    Summary,
}

/// <summary>One piece of news: a cause is there, or it is over.</summary>
internal sealed record NoticeLine(Alert Alert, bool IsRecovery);

/// <summary>One message to one recipient.</summary>
internal sealed record Notice(AlertRecipient Recipient, NoticeForm Form, IReadOnlyList<NoticeLine> Lines);
