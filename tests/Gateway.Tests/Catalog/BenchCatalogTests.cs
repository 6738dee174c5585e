using Arda.Gateway.Catalog;
using Arda.Gateway.Tests.House;

namespace Arda.Gateway.Tests.Catalog;

public sealed class BenchCatalogTests
{
    [Theory]
    [InlineData("bench/chat", OfferProtocol.OpenAiChat)]
    [InlineData("bench/messages", OfferProtocol.AnthropicMessages)]
    public void The_operator_file_of_the_bench_sells_the_mock_in_one_dialect_each(
        string model,
        OfferProtocol protocol
    )
    {
        var catalog = ModelCatalog.Load(Path.Combine(Checkout.Root, "bench", "arda.json"));
        var offer = catalog.Find(model)!.Offers.Single();
        Assert.Equal([protocol], offer.Protocols);
        Assert.Equal("127.0.0.1", catalog.FindProvider(offer.ProviderId)!.BaseUrl!.Host);
    }
}
