"""Word lists of `engine.domain.prosody`: what spelling alone does not tell."""

from __future__ import annotations

ONSETS = """
b bl br c ch cl cr d dr dw f fl fr g gh gl gn gr h j k kn kr l m n p ph pl pr ps qu r s sc sch scr sh shr sk sl
sm sn sp spl spr squ st str sw t th thr tr tw v w wh wr x y z
"""
"""Consonants that an English syllable can begin with."""

SPLIT = """
a-cre a-cres ac-tu-al ac-tu-al-ly aer-i-al aer-i-als a-gainst a-li-as a-li-en a-me-ri-can an-cient a-ne-mo-ne
a-ne-mo-nes an-guish an-te-lope an-xious a-or-ta a-re-a aren a-ri-a bay-ou beau-ti-ful be-ing be-lov-ed be-yond
bi-as bi-ol-o-gy bo-a bri-ar bri-ars bu-si-ness ca-fe ca-lli-o-pe ca-me-o ca-na-ry ca-nyon ca-nyons ca-su-al
ca-vi-ar cen-tre cen-tres cha-os chas-m choc-o-late choir cli-ent co-a-li-tion co-au-thor cof-fee co-in-cide
co-lo-nel con-ti-nu-ous con-ve-yor co-op co-or-di-nate cou-ra-geous cre-ate cre-ates cre-a-ted cre-a-tion cru-el
de-ni-al di-al di-als di-a-mond di-et di-o-ra-ma do-ing dou-ble dou-bles du-al dun-geon dun-geons dy-na-mo e-cho
e-choes e-pi-to-me e-qual eve-ning eve-nings eve-ry eve-ry-bo-dy eve-ry-one eve-ry-thing eve-ry-where eye eyes
fam-i-ly fa-tigue fi-an-ce fi-as-co fi-bre fiend fier-y fi-nale flood-light flu-id fluo-res-cent for-e-ver
fri-ar friend friends fruit fu-el ge-nu-ine ge-ode ge-o-me-try gi-ant gi-ants go-ing gor-geous gra-du-al
gua-ran-tee ha-loes he-li-um he-roes how-e-ver hun-dred i-de-a i-de-as in-flu-ence in-stead in-trigue i-ris-es
i-ron jag-u-ar jour-ney juice ka-ra-o-ke kin-dred lan-guage law-yer lay-er league leagues le-o-pard li-ar li-ars
li-on li-ons lul-la-bies lul-la-by ma-es-tro ma-ni-ac ma-yor me-mo-ri-al me-tre me-tres mi-as-ma mu-se-um
mu-tu-al na-ked ne-on ne-ver-the-less no-bo-dy o-a-ses o-a-sis o-cean o-ceans o-kay pa-tience pen-guin
pen-guins pe-on pe-o-nies pe-o-ny peo-ple per-pe-tu-al phi-al piece-meal pi-geon pi-geons plague pli-ant po-em
po-ems po-et po-e-try po-ets pra-yer pra-yers pri-or pris-m pri-son qui-et qui-et-ly ra-di-o ra-di-os re-act
re-a-lise re-al-i-ty re-a-lize re-al-ly re-ci-pe re-en-ter re-li-ant rhy-thm rhy-thms ri-ot ri-ots ri-tu-al
ri-tu-als rogue ru-in ru-ined ru-ins sa-cred saw-yer sci-ence sci-on se-ance sen-su-al se-ri-al si-mi-le
so-ci-e-ty sol-dier sol-diers some-bo-dy spas-m ste-re-o stur-geon su-i-cide suit sur-geon the-a-tre the-a-tres
the-o the-o-ry tongue tongues tri-al tri-als tri-umph u-ra-ni-um u-su-al u-su-al-ly va-cu-um vague va-po-ur vi-a
vi-al vi-als vi-de-o vi-de-os vi-o-let vi-o-lin vi-rus vi-su-al vi-su-als weren what-e-ver when-e-ver
where-e-ver who-e-ver wick-ed wi-ry wo-man wo-men ze-ro ze-roes zo-o
"""
"""Words whose spelling misleads the rules, with their breaks."""

SILENT_E_STEMS = """
base bone care dove drive edge else face fate fire five flame force fore frame free game gate goose grace grape
grave guide hare hide hole home hope horse house lace lake large late life like line lone loose love make mate
mile mine moose more move name nine nose note page pale pine pipe place plate pole price prime pure race range
rope rose rule safe sage same scare shade shape shore side since slide smoke snake some space spare stage state
stone store strange taste there tide time tire tone trade tune twine use vine voice wake ware wave where while
white whole wide wine wire wise
"""
"""Words that keep their silent e inside a compound: `some|where`."""

WEAK_WORDS = """
a an and are as at be been but by can could did do does don't for from had has have he her him his i i'd i'll
i'm i've if in into is it it's its may me must my nor of on or our she should so some than that that's the their
them then there there's they this to us was we we'll we're were what when where which while who will with would
you you'll you're your
"""
"""Words that a voice does not lean on."""

WEAK_FIRST = """
a ba be ca ci com con de di dis e em en es ex for ga gui hal ho im in ma mis ob per po pre pro re sur to un
"""
"""First syllables that leave the stress to the second."""

SECOND = """
another antique balloon bamboo banana beneath beyond boutique canal cartoon cathedral champagne cigar cocoon
december decide delay electric eleven forever forget forgive forgiven forgot goodbye gorilla guitar hello
herself himself horizon hotel however hurray itself july kerosene lagoon machine magazine maroon mirage motel
myself november october okay ourselves parade parole piano platoon police potato ravine remain remember routine
saloon september somehow tattoo technique themselves today together tomato tomorrow tonight umbrella unless
until upon vanilla volcano whatever whenever wherever whoever within without yourself
"""
"""Words leant on in their second syllable against the rules."""

FIRST = """
a ba be ca ci com con de di dis e em en es ex for ga gui hal ho im in ma mis ob per po pre pro re sur to un
"""
"""Words leant on in their first syllable though it is one of `WEAK_FIRST`."""
