namespace CoMaKo.Contracts.Wire;

/// <summary>Status codes of gRPC (grpc/grpc, doc/statuscodes.md); the numbers are those of the trailer <c>grpc-status</c>.</summary>
public enum GrpcStatusCode
{
    Ok = 0,
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

/// <summary>A call ended with a status other than OK.</summary>
public sealed class GrpcStatusException(GrpcStatusCode status, string message, Exception? inner = null)
    : Exception(FormattableString.Invariant($"{status}: {message}"), inner)
{
    public GrpcStatusCode Status { get; } = status;

    /// <summary>The text of the trailer <c>grpc-message</c>.</summary>
    public string Detail { get; } = message;

    /// <summary>How long the server asks to wait; absent if it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
