"""The words that detection knows: digits in words, ordinary words, games that are named like sites."""


def words(listed: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(listed.split())


DIGITS = {
    word: str(digit)
    for digit, listed in enumerate(
        (
            "zero oh o nol kosong sifar cero null khong ศูนย์",
            "one satu uno um uma un mot หนึ่ง isa",
            "two dua dos dois duas deux hai สอง dalawa",
            "three tiga tres trois ba สาม tatlo",
            "four empat cuatro quatro quatre bon สี่ apat",
            "five lima cinco cinq nam ห้า",
            "six enam seis meia sau หก anim",
            "seven tujuh siete sete sept bay เจ็ด pito",
            "eight lapan delapan ocho oito huit tam แปด walo",
            "nine sembilan nueve nove neuf chin เก้า siyam",
        )
    )
    for word in listed.split()
} | {"double": "D", "dobel": "D", "triple": "T"}
"""English, Malay, Indonesian, Spanish, Portuguese, French, Vietnamese, Thai, Tagalog; accents are gone already."""


CJK_DIGITS = str.maketrans(
    "〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖공영일이삼사오육칠팔구", "0012345678912345678900123456789"
)

ORDINARY = words(
    "acc account accountant accounts active ad ads after aged all already also america and android any anytime api"
    " app apple are armor armour as asap asia at auto available back badge badges ban bank banned bans be before"
    " best bind binded bonus boost boosted boosting bot bots bound bundle business buy buyer buyers by can card"
    " cards change changeable character characters chat cheap cheapest check clean code codes coin coins collab"
    " comment comments complete completed confirm connect connected connection contact cosplay creator credential"
    " credentials credit credits currency custom daily days deliver delivery description details diamonds disconnect"
    " disconnected discount done early easy email emote emotes epic europe event events every everybody everyone"
    " everything exclusive extra family fast feedback first followers for free friend friendly friends from full"
    " game gamepass games gems gift gifted gifting gifts global gold google group guaranteed guest guild here hero"
    " heroes hours how if in included influencer info information inside instant instantly inventory is it item"
    " items its join just kakao key keys legacy legendary legit level likes limited link linked live lock locked log"
    " login lvl mail manual market marketing max me member members message messages method minutes mobile"
    " monetization monetized money month months more my name names nature need needed negotiable new nft niche nitro"
    " no none not now of off offer official offline old on once one online only open optional or order orders"
    " original other owner pack packs page pages paid party password pay payment pc people perfect phone picture"
    " pictures play player players please points pop post posts premium price prices private profile promo proof"
    " proofs ps purchase purchased quality quick rangers rank ranked read ready real reels region registered remove"
    " removed required review reviews reward rewards safe safely sale same screenshot screenshots sdk season seller"
    " send server servers service set share shop sign skin skins so sold soon stars start status sticker stickers"
    " still stock store stories story subs subscriber subscribers subscription support supporter team test thank"
    " thanks the theme then this time tips to today token too top trade trades trading trusted two unbind unbinded"
    " unlimited unlink unlinked unlocked unverified us usd use used user username verified verify version very via"
    " video views vip voice vouch wait warranty wars was we weapon weapons web what when where while who will with"
    " within world year years yes you your"
)
"""What follows a messenger's name, or ends a sentence, without being anybody's name."""

GAMES = words(
    "agar.io slither.io diep.io krunker.io surviv.io zombs.io moomoo.io hole.io paper.io wormate.io skribbl.io"
    " gartic.io ev.io deeeep.io evowars.io lordz.io mope.io starve.io bonk.io voxiom.io venge.io bloxd.io"
    " territorial.io sploop.io florr.io arras.io copter.io zombsroyale.io devast.io gats.io splix.io powerline.io"
    " warbrokers.io shellshock.io taming.io yohoho.io kirka.io repuls.io smashkarts.io stabfish.io narrow.one"
    " brutal.io defly.io wings.io gota.io senpa.io hexanaut.io doblons.io dynast.io nitro.io openfront.io"
    " worldguessr.com geoguessr.com itch.io hordes.io 1v1.lol chess.com lichess.org battle.net blizzard.com"
    " minecraft.net hypixel.net cubecraft.net roblox.com epicgames.com steampowered.com ea.com ubisoft.com"
    " nintendo.com playstation.com xbox.com riotgames.com leagueoflegends.com playvalorant.com garena.com"
    " hoyoverse.com mihoyo.com supercell.com amazon.com apple.com google.com netflix.com spotify.com microsoft.com"
    " worldofwarcraft.com runescape.com jagex.com habbo.com faceit.com neopets.com gog.com pogo.com poki.com"
    " crazygames.com op.gg u.gg tracker.gg plancke.io asp.net vb.net paint.net"
)
"""Games and publishers that are named like sites; only the bare name, or the page where a code is used."""
