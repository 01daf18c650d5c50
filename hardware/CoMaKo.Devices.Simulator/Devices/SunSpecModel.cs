using System.Text;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>The registers of one SunSpec model, offsets counted from its ID register as in the model's definition. A point that is not set reads as "not implemented".</summary>
internal sealed class SunSpecModel
{
    private readonly ushort[] words;

    /// <param name="id">Model number.</param>
    /// <param name="length">Registers after ID and length.</param>
    public SunSpecModel(ushort id, int length)
    {
        words = new ushort[length + 2];
        Array.Fill(words, (ushort)0xFFFF);
        words[0] = id;
        words[1] = (ushort)length;
    }

    public ReadOnlySpan<ushort> Words => words;

    public SunSpecModel Set(int offset, double value)
    {
        words[offset] = (ushort)Math.Clamp(Math.Round(value), 0, 0xFFFE);
        return this;
    }

    public SunSpecModel SetSigned(int offset, double value)
    {
        words[offset] = unchecked((ushort)(short)Math.Clamp(Math.Round(value), -32767, 32767));
        return this;
    }

    /// <summary>A scale factor: power of ten.</summary>
    public SunSpecModel Scale(int offset, short power) => SetSigned(offset, power);

    public SunSpecModel Set32(int offset, uint value)
    {
        words[offset] = (ushort)(value >> 16);
        words[offset + 1] = (ushort)value;
        return this;
    }

    public SunSpecModel Set64(int offset, ulong value) => Set32(offset, (uint)(value >> 32)).Set32(offset + 2, (uint)value);

    /// <summary>Copies words that were written by a client.</summary>
    public SunSpecModel Put(int offset, ushort word)
    {
        words[offset] = word;
        return this;
    }

    /// <summary>Signed points and scale factors that are not implemented.</summary>
    public SunSpecModel WithoutSigned(params ReadOnlySpan<int> offsets)
    {
        foreach (int offset in offsets) words[offset] = 0x8000;
        return this;
    }

    /// <summary>Accumulators that are not implemented: 0 in all registers.</summary>
    public SunSpecModel Zero(int offset, int count)
    {
        words.AsSpan(offset, count).Clear();
        return this;
    }

    public SunSpecModel Text(int offset, int registers, string text)
    {
        Span<byte> bytes = stackalloc byte[registers * 2];
        bytes.Clear();
        Encoding.ASCII.GetBytes(text, bytes);
        for (int i = 0; i < registers; i++) words[offset + i] = (ushort)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
        return this;
    }
}
