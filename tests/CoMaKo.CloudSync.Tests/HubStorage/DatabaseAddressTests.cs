using CoMaKo.Hub.Storage;
using Npgsql;

namespace CoMaKo.CloudSync.Tests.HubStorage;

/// <summary>How a database server may be named, and that its password is never repeated.</summary>
public sealed class DatabaseAddressTests
{
    [Theory]
    [InlineData("postgres://hub:geheim@db.example:5433/coop", "Host=db.example;Port=5433;Database=coop;Username=hub;Password=geheim", "postgres://hub@db.example:5433/coop")]
    [InlineData("postgresql+asyncpg://hub:p%40ss%3A%2F@[::1]/coop", "Host=::1;Database=coop;Username=hub;Password=p@ss:/", "postgres://hub@[::1]:5432/coop")]
    [InlineData("postgres:///coop?host=/run/postgresql&user=hub", "Host=/run/postgresql;Database=coop;Username=hub", "postgres://hub@/coop?host=/run/postgresql&port=5432")]
    [InlineData("postgres://hub@a:5432,b:5433/coop?target_session_attrs=read-write&sslmode=verify-full", "Host=a:5432,b:5433;Database=coop;Username=hub;Target Session Attributes=read-write;SSL Mode=VerifyFull", "postgres://hub@a:5432,b:5433/coop")]
    [InlineData("postgres://h/coop?connect_timeout=3&application_name=two", "Host=h;Database=coop;Timeout=3;Application Name=two", "postgres://h:5432/coop")]
    [InlineData("Host=h;Database=coop;Username=hub;Password='ge;heim'", "Host=h;Database=coop;Username=hub;Password='ge;heim'", "postgres://hub@h:5432/coop")]
    public void Address_InEitherForm_IsRead(string text, string expected, string shown)
    {
        var address = DatabaseAddress.Parse(text).GetValueOrThrow();

        Assert.Equal(HubEngine.Postgres, address.Engine);
        Assert.True(new NpgsqlConnectionStringBuilder(expected).EquivalentTo(new NpgsqlConnectionStringBuilder(address.Connection)), "The connection is another one.");
        Assert.Equal(shown, address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("hub.db")]
    [InlineData("mysql://hub:geheim@h/coop")]
    [InlineData("postgres://hub:geheim@h:99999/coop")]
    [InlineData("postgres://hub:geheim@h:geheim/coop")]
    [InlineData("postgres://hub:geheim@h")]
    [InlineData("postgres://hub:geheim@/coop")]
    [InlineData("postgres://h/coop?password_of_mine=geheim")]
    [InlineData("postgres://h/coop?sslmode=geheim")]
    [InlineData("Host=h;Database=coop;Port=geheim")]
    [InlineData("Host=h;Database=coop;Geheim=geheim")]
    [InlineData("Host=h;Database='geheim")]
    public void Address_ThatIsNone_IsAnErrorWithoutTheText(string text)
    {
        var error = DatabaseAddress.Parse(text).Error;

        Assert.Equal("CMH-1005", error?.Code);
        Assert.DoesNotContain("geheim", error!.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
