"""Bounds and evidence of releases.md 4.2-4.5 with 50-digit decimals where a difference could cancel."""

import math
from decimal import Decimal
from fractions import Fraction

from scipy import optimize, special

from .special import beta_i, normal_cdf, z_of

D = Decimal


def clopper_pearson(x, n, alpha):
    lower = 0.0 if x == 0 else float(special.betaincinv(x, n - x + 1, alpha))
    upper = 1.0 if x == n else float(special.betainccinv(x + 1, n - x, alpha))
    return lower, upper


def wilson(x, n, z):
    x, n, z = D(repr(x)), D(repr(n)), D(repr(z))
    centre = x + z * z / 2
    half = z * (x * (n - x) / n + z * z / 4).sqrt()
    lower, upper = (centre - half) / (n + z * z), (centre + half) / (n + z * z)
    return (0.0 if x == 0 else float(lower)), (1.0 if x == n else float(upper))


def at_most_p(x, n, limit):
    """(p_pass, p_fail) of `rate <= limit`."""
    p_pass = 1.0 if x == n else float(special.betaincc(x + 1, n - x, limit))
    p_fail = 1.0 if x == 0 else beta_i(limit, x, n - x + 1)
    return p_pass, p_fail


def tango(n, b, c, delta):
    """The score statistic T(delta) in decimals."""
    n, b, c, delta = (v if isinstance(v, Decimal) else D(repr(v)) for v in (n, b, c, delta))
    top = b - c - n * delta
    a2 = 2 * n
    b2 = -b - c + (2 * n - b + c) * delta
    c2 = -c * delta * (1 - delta)
    root = max(D(0), b2 * b2 - 4 * a2 * c2).sqrt()
    q = -2 * c2 / (b2 + root) if b2 > 0 else (root - b2) / (2 * a2)
    variance = n * (2 * q + delta * (1 - delta))
    if variance <= D('1e-40') * n:
        return D(0) if top == 0 else D('Infinity').copy_sign(top)
    return top / variance.sqrt()


def score_bound(n, b, c, target):
    """The delta at which T(delta) = target; T falls in delta."""
    low, high = D(-1), D(1)
    target = D(repr(target))
    for _ in range(130):
        middle = (low + high) / 2
        if tango(n, b, c, middle) > target:
            low = middle
        else:
            high = middle
    return float((low + high) / 2)


def score_p(n, b, c, margin):
    t = float(tango(n, b, c, margin))
    return t, normal_cdf(t), normal_cdf(-t)


def is_whole(x):
    return float(x) == int(x)


def half_tail(k, total):
    """P(Bin(total, 1/2) >= k) for whole counts, exactly rounded for moderate totals."""
    if total <= 4000:
        return float(D(sum(math.comb(total, j) for j in range(k, total + 1))) / D(2) ** total)
    return 1.0 if k <= 0 else beta_i(0.5, k, total - k + 1)


def gate_p(n, b, c, margin):
    """(p_pass, p_fail) of `harm <= margin` by the gate rule."""
    if b + c == 0:
        if margin == 0:
            return 1.0, 1.0
        if margin > 0:
            return math.exp(n * math.log1p(-margin)) if margin < 1 else 0.0, 1.0
        return 1.0, math.exp(n * math.log1p(margin)) if margin > -1 else 0.0
    if margin == 0 and is_whole(b) and is_whole(c):
        return half_tail(int(c), int(b + c)), half_tail(int(b), int(b + c))
    _, p_pass, p_fail = score_p(n, b, c, margin)
    return p_pass, p_fail


def gate_bounds(n, b, c, alpha):
    if b + c == 0:
        u = -math.expm1(math.log(alpha) / n)
        return -u, u
    z = z_of(alpha)
    return score_bound(n, b, c, z), score_bound(n, b, c, -z)


def hybrid_bounds(x1, n1, x0, n0, z):
    """Newcombe's method 10."""
    p1, p0 = D(repr(x1)) / D(repr(n1)), D(repr(x0)) / D(repr(n0))
    l1, u1 = map(lambda v: D(repr(v)), wilson(x1, n1, z))
    l0, u0 = map(lambda v: D(repr(v)), wilson(x0, n0, z))
    d = p1 - p0
    return float(d - ((p1 - l1) ** 2 + (u0 - p0) ** 2).sqrt()), float(
        d + ((u1 - p1) ** 2 + (p0 - l0) ** 2).sqrt()
    )


def signed_bound(x1, n1, x0, n0, z):
    """The bound as one rising function of z: U for z > 0, L for z < 0."""
    lower, upper = hybrid_bounds(x1, n1, x0, n0, abs(z))
    return upper if z >= 0 else lower


def unpaired_p(x1, n1, x0, n0, margin):
    if Fraction(x1) / Fraction(n1) - Fraction(x0) / Fraction(n0) == Fraction(margin):
        return 0.5, 0.5
    low, high = -200.0, 200.0
    f = lambda z: signed_bound(x1, n1, x0, n0, z) - margin
    if f(low) >= 0:
        return 1.0, 0.0
    if f(high) <= 0:
        return 0.0, 1.0
    z = optimize.brentq(f, low, high, xtol=1e-14, rtol=1e-14, maxiter=500)
    return normal_cdf(-z), normal_cdf(z)
