using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Hub.Access.People;

/// <summary>How far a sign-in has come; the numbers are those of <c>web_session.stage</c>.</summary>
internal enum SessionStage
{
    /// <summary>Signed in.</summary>
    Full = 0,

    /// <summary>The password was right, the second factor is still to come.</summary>
    AwaitsSecondFactor = 1,

    /// <summary>The password was right, and the person must set up a second factor before anything else.</summary>
    MustSetUpSecondFactor = 2,
}

/// <summary>One browser in which somebody is signed in, or on the way there.</summary>
/// <param name="SessionId">Hash of the cookie.</param>
/// <param name="FreshUs">When the person last proved who they are.</param>
/// <param name="FormToken">What each changing request of the session carries beside the cookie.</param>
internal sealed record PersonSession(
    string SessionId, long PersonId, string Name, Roles Role, string? Participant, string? Language, SessionStage Stage, long FreshUs, string FormToken)
{
    /// <summary>For who forgets to sign out: 30 minutes for operators and viewers, 30 days for members.</summary>
    public static TimeSpan IdleOf(Roles role) => role == Roles.Member ? TimeSpan.FromDays(30) : TimeSpan.FromMinutes(30);

    /// <summary>The end that no use puts off.</summary>
    public static TimeSpan LongestOf(Roles role) => role == Roles.Member ? TimeSpan.FromDays(180) : TimeSpan.FromHours(12);

    /// <summary>What the hub keeps of a cookie; it has 256 random bits, so a plain hash cannot be turned round.</summary>
    public static string IdOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Follows from the cookie and does not lead back to it.</summary>
    public static string FormTokenOf(string secret) => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), "form token"u8));

    public Caller ToCaller() => new(Role, Caller.PersonPrefix + Name, Participant, [], Session: this);
}
