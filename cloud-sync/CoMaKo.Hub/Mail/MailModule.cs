namespace CoMaKo.Hub.Mail;

/// <summary>The context Mail: messages that leave, by mail and to the web.</summary>
internal static class MailModule
{
    public static void AddMail(this IServiceCollection services, MailSettings settings)
    {
        services.AddSingleton(settings).AddSingleton<MailQueue>();
        services.AddSingleton<MessageLines>();
        services.AddSingleton<MessageSender>().AddHostedService(all => all.GetRequiredService<MessageSender>());
    }
}
