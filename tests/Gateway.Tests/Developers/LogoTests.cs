using Arda.Gateway.Developers;
using Arda.Gateway.Kernel;
using Arda.Gateway.Storage;
using Arda.Gateway.Tests.OAuth;
using Arda.Gateway.Tests.Storage;

namespace Arda.Gateway.Tests.Developers;

/// <summary>Logos are uploaded and served from here (ruling 17).</summary>
public sealed class LogoTests(OAuthWorlds worlds)
{
    private static readonly Dictionary<string, (string Type, byte[] Bytes)> s_images = new(
        StringComparer.Ordinal
    )
    {
        ["PNG"] = ("image/png", Images.Png(64, 128)),
        ["JPEG"] = ("image/jpeg", Images.Jpeg(64, 128)),
        ["WebP, lossy"] = ("image/webp", Images.WebPLossy(64, 128)),
        ["WebP, lossless"] = ("image/webp", Images.WebPLossless(64, 128)),
        ["WebP, extended"] = ("image/webp", Images.WebPExtended(64, 128)),
    };

    private static readonly Dictionary<string, byte[]> s_others = new(StringComparer.Ordinal)
    {
        ["nothing"] = [],
        ["SVG"] = [.. "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"u8],
        ["HTML"] = [.. "<!doctype html><script>alert(1)</script>"u8],
        ["GIF"] = [.. "GIF89a"u8, 64, 0, 64, 0, .. new byte[40]],
        ["a PNG that ends in its header"] = Images.Png(64, 64)[..20],
        ["a PNG whose first chunk is another"] =
        [
            .. Images.Png(64, 64)[..12],
            .. "tEXt"u8,
            .. Images.Png(64, 64)[16..],
        ],
        ["a WebP that says it is longer"] = Images.WebPLossy(64, 64)[..^2],
        ["a WebP that moves"] = Images.WebPExtended(64, 64, moves: true),
        ["a JPEG without a frame"] = Images.Jpeg(64, 64)[..40],
        ["an image that is too small"] = Images.Png(47, 64),
        ["an image that is too wide"] = Images.Jpeg(1_025, 64),
        ["an image that is too high"] = Images.WebPLossless(64, 1_025),
        ["an image beyond all sizes"] = Images.Png(-1, 64),
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Known => [.. s_images.Keys];

    public static TheoryData<string> Unknown => [.. s_others.Keys];

    [Theory]
    [MemberData(nameof(Known))]
    public void An_image_is_known_by_its_first_bytes(string name)
    {
        var (type, bytes) = s_images[name];
        Assert.False(LogoImage.Read(bytes).Denied(out var denial, out var image), $"{denial}");
        Assert.Equal(new LogoImage(type, 64, 128), image);
        // A file may be cut anywhere.
        for (var length = 0; length < bytes.Length; length++)
        {
            _ = LogoImage.Read(bytes.AsSpan(0, length));
        }
    }

    [Theory]
    [MemberData(nameof(Unknown))]
    public void What_is_no_still_image_of_a_sensible_size_is_refused(string name)
    {
        Assert.True(LogoImage.Read(s_others[name]).Denied(out var denial, out _));
        Assert.IsType<Denial.InvalidRequest>(denial);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task An_upload_is_served_from_here_as_an_image_and_nothing_else(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var developer = await Developer.OfAsync(world);
        var app = await world.AppAsync(state: AppState.Pending, owner: developer.Person.Id);
        // What the sender calls it counts for nothing.
        var taken = await PutAsync(developer, app.Id, s_images["PNG"].Bytes, "text/html");
        Assert.Equal(200, taken.Status);
        var path = taken.Text("logo_url")!;
        Assert.StartsWith("/assets/logos/", path, StringComparison.Ordinal);

        var sent = await world.GetAsync(path);
        Assert.Equal((200, "image/png"), (sent.Status, sent.ContentType));
        Assert.Equal("nosniff", sent.Header("X-Content-Type-Options"));
        Assert.Equal("default-src 'none'; sandbox", sent.Header("Content-Security-Policy"));
        Assert.Contains("immutable", sent.Header("Cache-Control"), StringComparison.Ordinal);
        var raw = await world.Http.GetByteArrayAsync(path, Ct);
        Assert.Equal(s_images["PNG"].Bytes, raw);

        var removed = await developer.SendAsync(
            HttpMethod.Delete,
            $"/developers/apps/{app.Id}/logo"
        );
        Assert.Null(removed.Text("logo_url"));
        Assert.Equal(404, (await world.GetAsync(AppLogos.Path + new string('0', 64))).Status);
        Assert.Equal(404, (await world.GetAsync(AppLogos.Path + "..%2f..%2fetc")).Status);
    }

    [Fact]
    public async Task A_bad_or_large_upload_changes_nothing()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var developer = await Developer.OfAsync(world);
        var app = await world.AppAsync(state: AppState.Pending, owner: developer.Person.Id);

        Assert.Equal(400, (await PutAsync(developer, app.Id, s_others["SVG"])).Status);
        byte[] large = [.. s_images["PNG"].Bytes, .. new byte[LogoImage.BytesMax]];
        Assert.Equal(413, (await PutAsync(developer, app.Id, large)).Status);
        var path = $"/developers/apps/{app.Id}/logo";
        // One that does not say how long it is.
        var chunked = new HttpRequestMessage(HttpMethod.Put, path)
        {
            Content = new ByteArrayContent(large),
        };
        chunked.Headers.TransferEncodingChunked = true;
        var streamed = await world.SendAsync(
            chunked,
            ("Cookie", developer.Cookie),
            (DeveloperEndpoints.FormTokenHeader, developer.Token)
        );
        Assert.Equal(413, streamed.Status);
        Assert.Null((await world.Get<Apps>().FindAsync(app.Id, Ct))!.LogoAssetId);
        var anonymous = new HttpRequestMessage(HttpMethod.Put, path)
        {
            Content = new ByteArrayContent(s_images["PNG"].Bytes),
        };
        Assert.Equal(401, (await world.SendAsync(anonymous)).Status);
    }

    [Theory]
    [MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Of_an_approved_app_it_waits_for_review_and_strangers_have_none(StoreKind kind)
    {
        var world = await worlds.OfAsync(kind);
        var (developer, stranger) = (
            await Developer.OfAsync(world),
            await Developer.OfAsync(world)
        );
        var app = await world.AppAsync(owner: developer.Person.Id);
        Assert.Equal(404, (await PutAsync(stranger, app.Id, s_images["PNG"].Bytes)).Status);
        Assert.Equal(
            0,
            await world.CountAsync(
                "SELECT COUNT(*) FROM app_logo WHERE app = @app",
                ("app", app.Id.Value)
            )
        );

        var waiting = await PutAsync(developer, app.Id, s_images["PNG"].Bytes);
        Assert.Null(waiting.Text("logo_url"));
        var proposed = waiting.Text("proposed_logo_url")!;
        Assert.Equal(200, (await world.GetAsync(proposed)).Status);
        var approved = await world.ReviewAsync(app, AppState.Approved);
        Assert.Equal(proposed, AppLogos.Path + approved.LogoAssetId);

        // Nobody names an image by its id, neither one's own nor another's.
        var named = await developer.SendAsync(
            HttpMethod.Patch,
            $"/developers/apps/{app.Id}",
            new { description = "New", logo_asset_id = new string('a', 64) }
        );
        Assert.Equal((200, proposed), (named.Status, named.Text("logo_url")));
        Assert.Null(named.Text("proposed_logo_url"));
        // What takes something away needs no review.
        var removed = await developer.SendAsync(
            HttpMethod.Delete,
            $"/developers/apps/{app.Id}/logo"
        );
        Assert.Null(removed.Text("logo_url"));
    }

    [Fact]
    public async Task Uploads_are_counted_and_images_that_nothing_shows_are_dropped()
    {
        var world = await worlds.OfAsync(StoreKind.Sqlite);
        var developer = await Developer.OfAsync(world);
        var app = await world.AppAsync(state: AppState.Pending, owner: developer.Person.Id);
        for (var pixels = 100; pixels < 110; pixels++)
        {
            Assert.Equal(200, (await PutAsync(developer, app.Id, Images.Png(pixels, 64))).Status);
        }

        await world.ExecuteAsync(
            "UPDATE app_logo SET created_at = created_at - 3600001 WHERE app = @app",
            ("app", app.Id.Value)
        );
        var last = await PutAsync(developer, app.Id, Images.Png(110, 64));
        // The one that was shown until now, and the new one.
        Assert.Equal(
            2,
            await world.CountAsync(
                "SELECT COUNT(*) FROM app_logo WHERE app = @app",
                ("app", app.Id.Value)
            )
        );
        Assert.Equal(200, (await world.GetAsync(last.Text("logo_url")!)).Status);
        var statuses = new List<int>();
        while (statuses.Count < 30 && !statuses.Contains(429))
        {
            statuses.Add((await PutAsync(developer, app.Id, Images.Png(120, 64))).Status);
        }

        Assert.Contains(429, statuses);
    }

    private static Task<Answered> PutAsync(
        Developer developer,
        AppId app,
        byte[] bytes,
        string type = "application/octet-stream"
    )
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new(type);
        return developer.SendAsync(HttpMethod.Put, $"/developers/apps/{app}/logo", content);
    }
}
