using System.Text.Json;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>A planning problem as JSON (<c>contracts/schemas/planning-problem.schema.json</c>). Anything from outside may be in it: all that is wrong is found at once, and nothing throws.</summary>
/// <param name="Problem">Absent if there are findings.</param>
/// <param name="Findings">What is wrong, with its path.</param>
public sealed record PlanningFile(PlanningProblem? Problem, IReadOnlyList<Finding> Findings)
{
    /// <summary>Larger files are no planning problem; a year of quarter hours fits.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>A leap year of quarter hours.</summary>
    public const int MaxSteps = 366 * 96;

    private const int MaxDepth = 32;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public static PlanningFile Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes) return Refuse(FormattableString.Invariant($"The document has {json.Length} bytes; at most {MaxBytes} are read. Give fewer steps."));
        if (json.Span.StartsWith(ByteOrderMark)) json = json[ByteOrderMark.Length..];
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var reader = new PlanningFileReader();
            var problem = reader.Read(document.RootElement);
            return new(problem, reader.Findings);
        }
        catch (JsonException e)
        {
            return Refuse($"This is no JSON: {e.Message}");
        }
    }

    private static PlanningFile Refuse(string text) => new(null, [new(PlanningCodes.NoJson, "$", null, text)]);
}
