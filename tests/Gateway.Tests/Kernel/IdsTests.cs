using System.Globalization;
using Arda.Gateway.Kernel;

namespace Arda.Gateway.Tests.Kernel;

public sealed class IdsTests
{
    [Fact]
    public void An_id_is_its_prefix_and_a_version_7_uuid_of_this_moment()
    {
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var id = Ids.Make("gen_");
        var after = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        Assert.StartsWith("gen_", id, StringComparison.Ordinal);
        var uuid = Guid.ParseExact(id[4..], "N");
        Assert.Equal(7, uuid.Version);
        Assert.InRange(uuid.Variant, 8, 11);
        var at = long.Parse(id.AsSpan(4, 12), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Assert.InRange(at, before, after);
    }

    [Fact]
    public void Ids_of_many_threads_all_differ()
    {
        var ids = Enumerable.Range(0, 20_000).AsParallel().Select(_ => Ids.Make("gen_")).ToList();

        Assert.Equal(
            ids.Count,
            ids.Select(id => id[16..]).Distinct(StringComparer.Ordinal).Count()
        );
    }
}
