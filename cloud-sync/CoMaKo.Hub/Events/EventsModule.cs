namespace CoMaKo.Hub.Events;

/// <summary>The context Events: what other programs are told through RabbitMQ.</summary>
internal static class EventsModule
{
    /// <param name="broker">Absent: nobody is told.</param>
    public static void AddEvents(this IServiceCollection services, BrokerAddress? broker)
    {
        services.AddSingleton(new EventOutbox(broker is not null));
        if (broker is not null) services.AddSingleton(broker).AddHostedService<EventPublisher>();
    }
}
