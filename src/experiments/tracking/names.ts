import { randomInt } from 'node:crypto'

const qualities =
  'able agile amber bold brave bright brisk calm clean clear clever cool crisp eager fair fast fine firm fleet fond free fresh gentle glad golden grand green handy happy hardy keen kind large light lively loud lucky mellow merry mild neat nimble noble open plain polite proud quick quiet rapid rare ready rich sharp shiny silent silver simple sleek smart smooth solid steady still strong sunny swift tidy tough upbeat vivid warm wise witty'.split(
    ' ',
  )
const animals =
  'ant auk bat bear bee bison boar carp cat cod colt crab crane crow deer doe dove duck eagle eel elk emu fawn finch fish flea fly foal fox frog gnat gnu goat goose grouse gull hare hawk hen heron horse hound ibis jay kite koi lamb lark lion lynx mare mink mole moose moth mouse mule newt owl ox perch pig pike pug quail ram rat raven robin rook seal shark sheep shrew skunk slug smelt snail stag steed stork swan toad trout vole wasp whale wolf worm wren yak'.split(
    ' ',
  )

/** A name for a run that was given none: `brisk-heron-417`. */
export function inventName(): string {
  return `${qualities[randomInt(qualities.length)]}-${animals[randomInt(animals.length)]}-${randomInt(1_000)}`
}
