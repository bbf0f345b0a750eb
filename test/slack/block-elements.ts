import { z } from 'zod'

/** Text as Slack counts it: UTF-16 units are close enough, and never fewer than characters. */
const text = (max: number) => z.string().min(1).max(max)
const actionId = z.string().min(1).max(255)
const webAddress = z
  .string()
  .max(3000)
  .regex(/^[a-z][a-z0-9+.-]*:/i, 'must be a URL')

export const plainText = (max = 3000) =>
  z.strictObject({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() })
export const mrkdwn = (max = 3000) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() })
export const anyText = (max = 3000) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)])

/** https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
const Confirm = z.strictObject({
  title: plainText(100),
  text: anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
})

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
export const Button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: actionId.optional(),
  url: webAddress.optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: Confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
})

const Option = z.strictObject({
  text: anyText(75),
  value: z.string().min(1).max(150),
  description: plainText(75).optional(),
})

/** https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element */
export const Overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: actionId.optional(),
  options: z
    .array(Option.extend({ url: webAddress.optional() }))
    .min(1)
    .max(5),
  confirm: Confirm.optional(),
})

/** https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#static_select */
export const StaticSelect = z
  .strictObject({
    type: z.literal('static_select'),
    action_id: actionId.optional(),
    placeholder: plainText(150).optional(),
    options: z.array(Option).min(1).max(100).optional(),
    option_groups: z
      .array(z.strictObject({ label: plainText(75), options: z.array(Option).min(1).max(100) }))
      .min(1)
      .max(100)
      .optional(),
    initial_option: Option.optional(),
    confirm: Confirm.optional(),
    focus_on_load: z.boolean().optional(),
  })
  .refine((select) => (select.options === undefined) !== (select.option_groups === undefined), {
    message: 'needs either options or option_groups',
  })

/** https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element */
export const PlainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: actionId.optional(),
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.number().int().min(0).max(3000).optional(),
  max_length: z.number().int().min(1).max(3000).optional(),
  placeholder: plainText(150).optional(),
  focus_on_load: z.boolean().optional(),
  dispatch_action_config: z.object({}).loose().optional(),
})

/** Image elements are checked loosely: what matters here is that they carry a text for who can't see them. */
export const ImageElement = z.looseObject({ type: z.literal('image'), alt_text: z.string().min(1).max(2000) })
