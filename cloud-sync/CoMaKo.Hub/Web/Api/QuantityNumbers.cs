using System.Text.Json;
using System.Text.Json.Serialization;

namespace CoMaKo.Hub.Web.Api;

/// <summary>Energy in the REST interface: a number in kWh with three decimals.</summary>
[JsonConverter(typeof(KwhConverter))]
internal readonly record struct Kwh(long Wh)
{
    public static Kwh? Of(long? wh) => wh is { } present ? new Kwh(present) : null;

    public override string ToString() => FixedPoint.Format(Wh, 3);
}

/// <summary>Money in the REST interface: a number in EUR with two decimals.</summary>
[JsonConverter(typeof(EurConverter))]
internal readonly record struct Eur(long Cents)
{
    public override string ToString() => FixedPoint.Format(Cents, 2);
}

/// <summary>A price in the REST interface: a number in ct/kWh with as many of four decimals as it needs.</summary>
[JsonConverter(typeof(CtPerKwhConverter))]
internal readonly record struct CtPerKwh(long TenThousandths)
{
    public static CtPerKwh? Of(long? tenThousandths) => tenThousandths is { } present ? new CtPerKwh(present) : null;

    public override string ToString() => FixedPoint.Format(TenThousandths, 4).TrimEnd('0').TrimEnd('.');
}

/// <summary>A share in the REST interface: a number from 0 to 1 with three decimals.</summary>
[JsonConverter(typeof(ShareConverter))]
internal readonly record struct Share(long Thousandths)
{
    public override string ToString() => FixedPoint.Format(Thousandths, 3);
}

/// <summary>Writes a quantity as a JSON number in the quantity's own form. Bodies from outside are read by <see cref="JsonForm"/>, never by a converter.</summary>
internal abstract class QuantityConverter<T> : JsonConverter<T>
    where T : struct
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Quantities from outside are read by JsonForm.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteRawValue(value.ToString()!, skipInputValidation: true);
}

internal sealed class KwhConverter : QuantityConverter<Kwh>;

internal sealed class EurConverter : QuantityConverter<Eur>;

internal sealed class CtPerKwhConverter : QuantityConverter<CtPerKwh>;

internal sealed class ShareConverter : QuantityConverter<Share>;

/// <summary>Any number with at most three decimals, written with as many as it needs: kW from W.</summary>
[JsonConverter(typeof(Fixed3Converter))]
internal readonly record struct Fixed3(long Thousandths)
{
    public static Fixed3? Of(long? thousandths) => thousandths is { } present ? new Fixed3(present) : null;

    public override string ToString() => FixedPoint.Format(Thousandths, 3).TrimEnd('0').TrimEnd('.');
}

/// <summary>Any number with at most six decimals, written with as many as it needs: degrees from millionths.</summary>
[JsonConverter(typeof(Fixed6Converter))]
internal readonly record struct Fixed6(long Millionths)
{
    public static Fixed6? Of(long? millionths) => millionths is { } present ? new Fixed6(present) : null;

    public override string ToString() => FixedPoint.Format(Millionths, 6).TrimEnd('0').TrimEnd('.');
}

internal sealed class Fixed3Converter : QuantityConverter<Fixed3>;

internal sealed class Fixed6Converter : QuantityConverter<Fixed6>;
