using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>Tests that people know by name.</summary>
internal static class WriteTests
{
    private static readonly Duration Length = Duration.FromSeconds(30);

    /// <summary>Two rests around two long and four short steps.</summary>
    private static readonly Duration LearningLength = Duration.FromSeconds(230);

    /// <summary>In the order in which pages offer them.</summary>
    public static readonly string[] Names = ["discharge", "charge", "learn"];

    /// <summary>In W. The first is enough at a quiet time; a restless house needs more.</summary>
    public static readonly int[] Sizes = [500, 1000, 2000];

    /// <param name="name">One of <see cref="Names"/>; anything else means the first.</param>
    /// <param name="watts">One of <see cref="Sizes"/>; anything else means the first.</param>
    public static WriteTestWish Wish(DeviceId device, string? name, string? watts)
    {
        var power = Power.FromWatts(Array.Find(Sizes, size => $"{size}" == watts) is > 0 and var size ? size : Sizes[0]);
        return name switch
        {
            "charge" => new(device, -power, Length),
            "learn" => new(device, power, LearningLength, Learns: true),
            _ => new(device, power, Length),
        };
    }

    public static int SizeOf(WriteTestWish wish) => (int)Math.Abs(wish.Power.Watts);

    /// <summary>What the test does, in words.</summary>
    public static string Sentence(Wording say, WriteTestWish wish) =>
        say[$"test.{NameOf(wish)}.sentence", say.Power(wish.Power < Power.Zero ? -wish.Power : wish.Power), say.Span(wish.Length)];

    public static string NameOf(WriteTestWish wish) => wish.Learns ? "learn" : wish.Power < Power.Zero ? "charge" : "discharge";
}
