using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Diagnostics.Texts;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary>Problem details (RFC 9457) of the local API, each with its stable code.</summary>
internal static class Problems
{
    private static readonly Lazy<Wording> Words = new(() => new Wording("en", DateTimeZone.Utc));

    public static IResult UnknownTopic(string topic) =>
        Of(StatusCodes.Status400BadRequest, "CME-1401", "Unknown topic", $"'{topic}' is not a topic of /events: use status, readings or both, separated by a comma.");

    public static IResult WrongDay(string day) =>
        Of(StatusCodes.Status400BadRequest, "CME-1402", "Not a day", $"'{day}' is not a day: write it as 2026-06-01, or leave it out for today.");

    public static IResult NoFrame(string device, string number) =>
        Of(StatusCodes.Status404NotFound, "CME-1403", "No such frame", $"Frame {number} of {device} is not kept: only the last {FrameLog.Depth} frames of each device are.");

    public static IResult NoResource(string path) =>
        Of(StatusCodes.Status404NotFound, "CME-1404", "No such resource", $"There is nothing at {path}: the API has /api/status, /api/readings and /api/intervals.");

    /// <summary>Why a request was refused.</summary>
    public static IResult Of(Refusal refusal) => Of(refusal.Status, refusal.Code, "Refused", refusal.Text ?? Words.Value[refusal.Code, Math.Ceiling(refusal.Wait.TotalMinutes)]);

    private static IResult Of(int status, string code, string title, string detail) =>
        Results.Json(new { type = "about:blank", title, status, detail, code }, ApiJson.Options, "application/problem+json", status);
}
