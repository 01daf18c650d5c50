using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>Tests that people know by name.</summary>
internal static class WriteTests
{
    private static readonly Power TestPower = Power.FromWatts(500);
    private static readonly Duration Length = Duration.FromSeconds(30);

    /// <summary>Two rests around two long and four short steps.</summary>
    private static readonly Duration LearningLength = Duration.FromSeconds(230);

    /// <summary>In the order in which pages offer them.</summary>
    public static readonly string[] Names = ["discharge", "charge", "learn"];

    /// <param name="name">One of <see cref="Names"/>; anything else means the first.</param>
    public static WriteTestWish Wish(DeviceId device, string? name) => name switch
    {
        "charge" => new(device, -TestPower, Length),
        "learn" => new(device, TestPower, LearningLength, Learns: true),
        _ => new(device, TestPower, Length),
    };

    /// <summary>What the test does, in words.</summary>
    public static string Sentence(Wording say, WriteTestWish wish) =>
        say[$"test.{NameOf(wish)}.sentence", say.Power(wish.Power < Power.Zero ? -wish.Power : wish.Power), say.Span(wish.Length)];

    public static string NameOf(WriteTestWish wish) => wish.Learns ? "learn" : wish.Power < Power.Zero ? "charge" : "discharge";
}
