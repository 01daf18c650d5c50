using CoMaKo.Hub.Metering;

namespace CoMaKo.Hub.Web.Texts;

/// <summary>What a register counts, in words, from its OBIS code.</summary>
internal static class RegisterWord
{
    public static string Of(Wording say, RegisterInfo register)
    {
        string[] groups = register.Obis.Split('-', '.');
        string kind = (groups[1..4]) switch
        {
            [_, "1", "8"] => say["register.import"],
            [_, "2", "8"] => say["register.export"],
            _ => register.Obis,
        };
        return groups[^1] == "0" ? kind : say["register.tariff", kind, groups[^1]];
    }
}
