"""JSON documents as applications cache them: several kinds, each with fields that come and go, and text of its own."""

import json
import random

FIRST_NAMES = """
Anna Ben Carla David Elif Farid Greta Hugo Ines Jonas Kaya Lena Mateo Nora Oskar Priya Quentin Rosa Samir
Tove Uma Viktor Wanda Xenia Yusuf Zoe Amara Boris Chloe Dmitri""".split()
LAST_NAMES = """Adler Berg Costa Dubois Eriksen Fischer Garcia Hansen Ivanov Jansen Kowalski Larsen Moreau Novak Okafor
Petrov Quispe Rossi Schmidt Tanaka Ueda Vogel Weber Xu Yilmaz Zhang Silva Nguyen Cohen Murphy""".split()
CITIES = [("Berlin", "DE"), ("Lyon", "FR"), ("Porto", "PT"), ("Oslo", "NO"), ("Krakow", "PL"), ("Turin", "IT"),
          ("Leeds", "GB"), ("Osaka", "JP"), ("Austin", "US"), ("Lima", "PE"), ("Pune", "IN"), ("Accra", "GH")]
WORDS = """time year people way day man thing woman life child world school state family student group country problem
hand part place case week company system program question work government number night point home water room mother area
money story fact month lot right study book eye job word business issue side kind head house service friend father power
hour game line end member law car city community name president team minute idea body information back parent face other
level office door health person art war history party result change morning reason research girl guy moment air teacher
force education quick light garden paper market winter summer river bridge letter window simple early strong open late
small large public private local final clear certain recent""".split()
COLOURS = "black white red blue green grey silver navy olive sand".split()
CATEGORIES = "kitchen garden office sports toys books music travel lighting storage".split()
STATUSES = "pending paid packed shipped delivered returned cancelled".split()
MAIL_HOSTS = ["example.com", "mail.example", "corp.example"]
AGENTS = ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 "
          "Safari/537.36",
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.1 "
          "Safari/605.1.15",
          "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0"]


def _text_of(document):
    return json.dumps(document, separators=(",", ":"))


class Documents:
    """Makes documents of about `bytes_wanted`; the same seed makes the same ones."""

    def __init__(self, seed, bytes_wanted=1000):
        self._random = random.Random(seed)
        self._bytes_wanted = bytes_wanted
        self._kinds = [self._user, self._order, self._product, self._article, self._session, self._event]

    KINDS = ["user", "order", "product", "article", "session", "event"]

    def make(self, kind):
        """A document of the kind, with as many parts as make it about as long as wanted."""
        document, parts, make_part = self._kinds[kind]()
        length = len(_text_of(document))
        while True:
            part = make_part()
            length += len(_text_of(part)) + 1
            if length > self._bytes_wanted + 40 and parts:
                return _text_of(document).encode()
            parts.append(part)

    def _text(self, words):
        # Frequent words first, as in a language: the rank is the square of a uniform draw.
        chosen = [WORDS[int(len(WORDS) * self._random.random() ** 2)] for _ in range(words)]
        for at in range(0, words, 9):
            chosen[at] = chosen[at].capitalize()
        return " ".join(chosen)

    def _hex(self, digits):
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def _uuid(self):
        digits = self._hex(32)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _moment(self):
        r = self._random
        return (f"202{r.randrange(3, 7)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}T"
                f"{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}.{r.randrange(1000):03}Z")

    def _later(self, moment, same=10):
        """A moment of the same day; of the same month where only 7 characters are the same."""
        return moment[:same] + self._moment()[same:]

    def _person(self):
        return self._random.choice(FIRST_NAMES), self._random.choice(LAST_NAMES)

    def _address(self):
        city, country = self._random.choice(CITIES)
        street = f"{self._random.choice(WORDS).capitalize()} {self._random.choice(['Street', 'Road', 'Lane'])}"
        return {"street": f"{street} {self._random.randrange(1, 250)}", "city": city,
                "postal_code": f"{self._random.randrange(10000, 99999)}", "country": country}

    def _user(self):
        r = self._random
        first, last = self._person()
        devices = []
        user = {"id": r.randrange(10**8), "uuid": self._uuid(), "first_name": first, "last_name": last,
                "email": f"{first}.{last}{r.randrange(1000)}@{r.choice(MAIL_HOSTS)}".lower(),
                "created_at": self._moment(), "last_login": self._moment(), "is_active": r.random() < 0.9,
                "roles": r.sample(["reader", "editor", "admin", "billing", "support"], r.randrange(1, 4)),
                "address": self._address(),
                "preferences": {"language": r.choice(["en", "de", "fr", "pt"]), "theme": r.choice(["dark", "light"]),
                                "newsletter": r.random() < 0.4, "page_size": r.choice([10, 20, 50])}}
        if r.random() < 0.5:
            user["phone"] = f"+{r.randrange(1, 99)} {r.randrange(10**9)}"
        if r.random() < 0.4:
            user["avatar_url"] = f"https://cdn.example.com/avatars/{self._hex(40)}.png"
        user["devices"] = devices

        def device():
            return {"kind": r.choice(["phone", "tablet", "desktop"]), "token": self._hex(16),
                    "seen_at": self._moment(), "is_trusted": r.random() < 0.5}
        return user, devices, device

    def _order(self):
        r = self._random
        items = []
        order = {"order_id": self._uuid(), "customer_id": r.randrange(10**7), "status": r.choice(STATUSES),
                 "currency": r.choice(["EUR", "USD", "GBP"]), "placed_at": self._moment(), "items": items,
                 "total": round(r.uniform(5, 2000), 2), "shipping_address": self._address()}
        if r.random() < 0.3:
            order["coupon"] = self._hex(8).upper()
        if r.random() < 0.6:
            order["tracking"] = {"carrier": r.choice(["dhl", "ups", "dpd"]), "number": str(r.randrange(10**14)),
                                 "updated_at": self._later(order["placed_at"], 7)}

        def item():
            return {"sku": f"{r.choice(CATEGORIES)[:3].upper()}-{r.randrange(10**6):06}", "name": self._text(3),
                    "quantity": r.randrange(1, 5), "unit_price": round(r.uniform(1, 300), 2),
                    "tax_rate": r.choice([0.07, 0.19, 0.2])}
        return order, items, item

    def _product(self):
        r = self._random
        variants = []
        product = {"sku": f"{r.randrange(10**9)}", "name": self._text(r.randrange(2, 6)),
                   "category": r.choice(CATEGORIES), "description": self._text(r.randrange(8, 25)),
                   "price": {"amount": round(r.uniform(1, 999), 2), "currency": "EUR",
                             "discount": r.choice([0, 5, 10, 20])},
                   "rating": {"average": round(r.uniform(1, 5), 2), "count": r.randrange(5000)},
                   "images": [f"https://cdn.example.com/products/{self._hex(24)}.jpg"
                              for _ in range(r.randrange(1, 4))],
                   "updated_at": self._moment(), "variants": variants}

        def variant():
            return {"colour": r.choice(COLOURS), "size": r.choice("SMLX"), "stock": r.randrange(500),
                    "ean": f"{r.randrange(10**13):013}", "is_available": r.random() < 0.8}
        return product, variants, variant

    def _article(self):
        r = self._random
        first, last = self._person()
        comments = []
        article = {"id": r.randrange(10**6), "slug": "-".join(self._text(4).lower().split()), "title": self._text(7),
                   "author": {"name": f"{first} {last}", "id": r.randrange(10**4)}, "published_at": self._moment(),
                   "tags": r.sample(CATEGORIES, 3), "word_count": r.randrange(100, 3000), "views": r.randrange(10**6),
                   "summary": self._text(r.randrange(15, 40)), "is_premium": r.random() < 0.2, "comments": comments}

        def comment():
            return {"by": r.choice(FIRST_NAMES), "at": self._later(article["published_at"], 7),
                    "likes": int(r.expovariate(0.2)), "text": self._text(r.randrange(3, 12))}
        return article, comments, comment

    def _session(self):
        r = self._random
        agent = r.choice(AGENTS)
        version = r.randrange(100, 140)
        visits = []
        session = {"session_id": self._hex(48), "user_id": r.randrange(10**8), "csrf_token": self._hex(32),
                   "ip": ".".join(str(r.randrange(256)) for _ in range(4)),
                   "user_agent": agent % ((version,) * agent.count("%d")), "started_at": self._moment(),
                   "flash": [], "locale": r.choice(["en_US", "en_GB", "de_DE", "fr_FR"]),
                   "is_authenticated": r.random() < 0.6, "visits": visits}
        session["expires_at"] = self._later(session["started_at"])

        def visit():
            return {"path": f"/{r.choice(CATEGORIES)}/{r.choice(WORDS)}", "at": self._later(session["started_at"]),
                    "referrer": r.choice([None, "search", "mail", "direct"]), "ms": r.randrange(20, 4000)}
        return session, visits, visit

    def _event(self):
        r = self._random
        spans = []
        event = {"event_id": self._uuid(), "type": r.choice(["page_view", "click", "purchase", "sign_up", "error"]),
                 "occurred_at": self._moment(), "trace": {"trace_id": self._hex(32), "span_id": self._hex(16)},
                 "source": {"service": r.choice(["web", "api", "worker", "mobile"]),
                            "host": f"app-{r.randrange(40):02}",
                            "version": f"{r.randrange(1, 6)}.{r.randrange(30)}.{r.randrange(10)}"},
                 "metrics": {"duration_ms": round(r.expovariate(0.01), 3), "bytes": r.randrange(10**6),
                             "status": r.choice([200, 201, 204, 301, 400, 404, 500])},
                 "properties": {r.choice(WORDS): r.choice(WORDS) for _ in range(r.randrange(2, 6))}, "spans": spans}

        def span():
            return {"span_id": self._hex(16), "name": f"{r.choice(['db', 'cache', 'http'])}.{r.choice(WORDS)}",
                    "started_ms": round(r.uniform(0, 500), 2), "duration_ms": round(r.expovariate(0.05), 2)}
        return event, spans, span
