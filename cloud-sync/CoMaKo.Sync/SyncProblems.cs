using CoMaKo.Contracts.Wire;

namespace CoMaKo.Sync;

/// <summary>The hub's answer was valid and brought nothing; trying again at once would only be noise.</summary>
internal sealed class NoProgressException(string why) : Exception(why);

/// <summary>Turns failures of the line into words: what is wrong, where, what to do.</summary>
internal static class SyncProblems
{
    /// <summary>Whether the loop goes on after this; everything else is a bug and stops the process.</summary>
    public static bool IsExpected(Exception error) => error is GrpcStatusException or NoProgressException or IOException;

    /// <summary>Whether no answer came, so that the line itself must be taken for broken.</summary>
    public static bool IsSilence(Exception error) => error is GrpcStatusException { RetryAfter: null, Status: GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded or GrpcStatusCode.Cancelled };

    public static (string Code, string Text) Describe(Exception error) => error switch
    {
        GrpcStatusException { RetryAfter: { } pause } => ("CME-1805", FormattableString.Invariant($"The hub is busy and asks to wait {pause.TotalSeconds:0.#} s.")),
        GrpcStatusException { Status: GrpcStatusCode.Unavailable } e => ("CME-1802", $"The hub cannot be reached ({e.Detail}). Records wait in the store. Check the network and the hub's address."),
        GrpcStatusException { Status: GrpcStatusCode.DeadlineExceeded } => ("CME-1803", "The hub answers too slowly. Smaller batches are tried; check the line."),
        GrpcStatusException { Status: GrpcStatusCode.Unauthenticated or GrpcStatusCode.PermissionDenied } e => ("CME-1804", $"The hub does not accept this gateway ({e.Detail}). Check its certificate and registration."),
        GrpcStatusException { Status: GrpcStatusCode.Unimplemented } => ("CME-1807", "What answers at the hub's address is not a hub, or a much older one. Check address and port."),
        GrpcStatusException e => ("CME-1808", FormattableString.Invariant($"The hub refused a call: {e.Status}, {e.Detail}")),
        NoProgressException e => ("CME-1806", e.Message),
        _ => ("CME-1809", $"The store could not be read or written: {error.Message}"),
    };
}
