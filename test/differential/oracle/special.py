"""Special functions for the oracle: SciPy where it is exact to double precision, decimals where a tail is too small."""

from decimal import Decimal, getcontext

from scipy import special

getcontext().prec = 50
PI = Decimal('3.14159265358979323846264338327950288419716939937510582097494459')


def z_of(alpha):
    """Upper normal quantile: P(Z > z) = alpha."""
    return float(-special.ndtri(alpha))


def normal_cdf(x):
    return float(special.ndtr(x))


def beta_i(x, a, b):
    return float(special.betainc(a, b, x))


def binomial_sf(k, n, p):
    """P(Bin(n, p) >= k)."""
    return 1.0 if k <= 0 else 0.0 if k > n else float(special.betainc(k, n - k + 1, p))


def binomial_cdf(k, n, p):
    """P(Bin(n, p) <= k)."""
    return 0.0 if k < 0 else 1.0 if k >= n else float(special.betaincc(k + 1, n - k, p))


STIRLING = [
    Decimal(1) / 12,
    -Decimal(1) / 360,
    Decimal(1) / 1260,
    -Decimal(1) / 1680,
    Decimal(1) / 1188,
    -Decimal(691) / 360360,
    Decimal(1) / 156,
]


def log_gamma(x):
    """ln Gamma in decimals: Stirling's series from 3000 on, the recurrence below."""
    below = Decimal(0)
    while x < 3000:
        below += x.ln()
        x += 1
    return (
        (x - Decimal('0.5')) * x.ln()
        - x
        + (2 * PI).ln() / 2
        + sum(b / x ** (2 * k + 1) for k, b in enumerate(STIRLING))
        - below
    )


def gamma_tails(a, x):
    """(P(a, x), Q(a, x)) in decimals: the series below a + 1, Legendre's continued fraction above."""
    a, x = Decimal(a), Decimal(x)
    if x <= 0:
        return Decimal(0), Decimal(1)
    density, small = a * x.ln() - x - log_gamma(a), Decimal('1e-45')
    if x < a + 1:
        term = total = 1 / a
        n = 0
        while term > total * small:
            n += 1
            term *= x / (a + n)
            total += term
        p = density.exp() * total
        return p, 1 - p
    b = x + 1 - a
    c, d = Decimal('1e60'), 1 / b
    h = d
    for i in range(1, 100000):
        b += 2
        d = 1 / (-i * (i - a) * d + b)
        c = b - i * (i - a) / c
        h *= c * d
        if abs(c * d - 1) < small:
            break
    q = density.exp() * h
    return 1 - q, q
